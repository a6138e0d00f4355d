/**
 * The CPU backend. ND4J owns the memory and brings OpenBLAS, which multiplies matrices; everything
 * else is Java, in loops that the compiler vectorises: over that memory itself where the JVM lets
 * us, else over blocks of rows that are copied to the heap and back.
 *
 * <p>On {@code float32} matrices softmax, sums and arithmetic are computed in {@code float}, with
 * the contract's bounds; all else in {@code double}, rounded once when it is stored.
 */
package io.rowwise.backend.cpu;
