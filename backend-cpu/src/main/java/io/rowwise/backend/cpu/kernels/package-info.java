/**
 * The fused operations that this backend offers, and its product of matrices. Programs do not use
 * it.
 */
package io.rowwise.backend.cpu.kernels;
