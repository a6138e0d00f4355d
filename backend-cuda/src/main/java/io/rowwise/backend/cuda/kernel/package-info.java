/**
 * Which kernel does what, on how many threads, with which arguments: everything about a launch but
 * the launch itself, so that all of it is tested without a GPU.
 *
 * <p>The kernels are CUDA C++ in {@code src/main/cuda} and ship as PTX beside this package's
 * parent. {@link io.rowwise.backend.cuda.kernel.CudaKernel} lists them. A plan, such as {@link
 * io.rowwise.backend.cuda.kernel.SoftmaxPlan}, turns a call into {@link
 * io.rowwise.backend.cuda.kernel.Launch launches} to be made one after the other on one stream.
 *
 * <p>Arguments are not checked here but for what a plan itself relies on: core has seen to their
 * shapes, types and overlaps.
 */
package io.rowwise.backend.cuda.kernel;
