/**
 * The CPU backend. ND4J owns the memory and brings OpenBLAS, which multiplies matrices; everything
 * else is Java that copies blocks of rows to the heap, where the compiler vectorises the loops over
 * them, and back.
 *
 * <p>Rows are computed in {@code double} for both element types; a {@code float32} result is
 * rounded once, when it is stored.
 */
package io.rowwise.backend.cpu;
