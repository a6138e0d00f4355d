/**
 * What an open backend has of its device, in one {@link
 * io.rowwise.backend.cuda.context.CudaContext}: a stream for each thread, memory with a cache, the
 * order of the work on each piece of it, copies from and to host arrays, loaded kernels, recorded
 * work. Public for the packages beside it; programs do not use it.
 */
package io.rowwise.backend.cuda.context;
