/**
 * NVIDIA GPUs.
 *
 * <p>{@link io.rowwise.backend.cuda.CudaBackendProvider} is how core finds this backend. All of it
 * talks to CUDA through narrow interfaces, {@link io.rowwise.backend.cuda.Driver} to find a device,
 * {@link io.rowwise.backend.cuda.Gpu} to use it and {@link io.rowwise.backend.cuda.Compiler} to
 * compile for it. What is above them is tested on any machine, the shipped kernels in an
 * interpreter included; what is below them, in {@link io.rowwise.backend.cuda.jcuda}, is only
 * calls.
 */
package io.rowwise.backend.cuda;
