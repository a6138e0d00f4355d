/**
 * The CPU backend. OpenBLAS multiplies matrices, from the jars by which ND4J gets it too; ND4J
 * itself is started when something asks for one of its arrays over a matrix's memory, or for the
 * backend of its own operations, and need not be there otherwise. Everything else is Java: blocks
 * of rows are copied to arrays, computed in loops that every JVM vectorises, and copied back.
 *
 * <p>On {@code float32} matrices softmax, sums and arithmetic are computed in {@code float}, with
 * the contract's bounds; all else in {@code double}, rounded once when it is stored.
 */
package io.rowwise.backend.cpu;
