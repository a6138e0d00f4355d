/**
 * The CPU backend. Memory comes by way of JavaCPP, ND4J's layer to native code, and OpenBLAS, which
 * ND4J brings, multiplies matrices; ND4J itself is started when something asks for one of its
 * arrays over that memory. Everything else is Java, in loops that the compiler vectorises: over
 * that memory itself where the JVM lets us, else over blocks of rows that are copied to the heap
 * and back.
 *
 * <p>On {@code float32} matrices softmax, sums and arithmetic are computed in {@code float}, with
 * the contract's bounds; all else in {@code double}, rounded once when it is stored.
 */
package io.rowwise.backend.cpu;
