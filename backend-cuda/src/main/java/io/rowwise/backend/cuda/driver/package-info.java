/**
 * The narrow seam to CUDA: what this backend calls, {@link io.rowwise.backend.cuda.driver.Driver}
 * to find a device, {@link io.rowwise.backend.cuda.driver.Gpu} to use it and {@link
 * io.rowwise.backend.cuda.driver.Compiler} to compile for it; what goes through it; and what keeps
 * watch at it: the search for a device, typed errors.
 *
 * <p>What is above it runs against a fake as well, the shipped kernels in an interpreter included.
 * It knows none of the other packages. Public for them; programs do not use it.
 */
package io.rowwise.backend.cuda.driver;
