/**
 * NVIDIA GPUs: what programs use, and what puts the packages below together.
 *
 * <p>{@link io.rowwise.backend.cuda.CudaBackendProvider} is how core finds this backend; {@link
 * io.rowwise.backend.cuda.CudaModule} is how a program brings kernels of its own. The other
 * packages are public for this one and for each other only, and none of them knows this one:
 *
 * <ul>
 *   <li>{@link io.rowwise.backend.cuda.driver}, the narrow seam that all of it talks to CUDA
 *       through. What is above is tested on any machine; what is below is only calls;
 *   <li>{@link io.rowwise.backend.cuda.jcuda}, what is below, and {@link
 *       io.rowwise.backend.cuda.loader}, which loads it with the help of {@link
 *       io.rowwise.backend.cuda.library};
 *   <li>{@link io.rowwise.backend.cuda.kernel}, which kernels are launched, with how many threads
 *       and which arguments;
 *   <li>{@link io.rowwise.backend.cuda.context}, an open device: streams, memory, loaded kernels;
 *   <li>{@link io.rowwise.backend.cuda.training}, steps and epochs of it;
 *   <li>{@link io.rowwise.backend.cuda.ptx}, what a PTX text from outside declares.
 * </ul>
 */
package io.rowwise.backend.cuda;
