/**
 * NVIDIA GPUs.
 *
 * <p>{@link io.rowwise.backend.cuda.CudaBackendProvider} is how core finds this backend. All of it
 * talks to CUDA through one narrow interface, {@link io.rowwise.backend.cuda.Driver}; what is above
 * it is tested on any machine, what is below it, in {@link io.rowwise.backend.cuda.jcuda}, is only
 * calls.
 */
package io.rowwise.backend.cuda;
