/**
 * ND4J as a backend: {@code -Dbackend=nd4j}. It is the smallest that there is, and nobody here
 * wrote its arithmetic, so it serves as an example of how a backend is made, as an oracle beside
 * the others, and as what the fused kernels are measured by. {@link
 * io.rowwise.backend.cpu.nd4j.Nd4jBackendProvider} says what opening it does to the process.
 *
 * <p>Where ND4J does not do what the contract says, it is worked around, and nothing is left: NaN
 * in maxima, sums of long rows, sums and products of nothing, operands that are both repeated,
 * numbers that are NaN. {@code Nd4jBackend} lists them with what ND4J does.
 */
package io.rowwise.backend.cpu.nd4j;
