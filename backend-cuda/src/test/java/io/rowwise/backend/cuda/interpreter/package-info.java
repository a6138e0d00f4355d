/**
 * An interpreter for PTX, so that kernels as nvcc made them run on a machine without a GPU, and a
 * kernel that is wrong says so.
 *
 * <p>{@link io.rowwise.backend.cuda.interpreter.PtxModule} parses, {@link
 * io.rowwise.backend.cuda.interpreter.DeviceMemory} holds what kernels work on, and {@link
 * io.rowwise.backend.cuda.interpreter.Interpreter} launches. A launch ends with a {@link
 * io.rowwise.backend.cuda.interpreter.LaunchReport}, or with the first {@link
 * io.rowwise.backend.cuda.interpreter.KernelFault}: an access out of bounds, a race, a barrier that
 * not all threads reach, a value that nothing ever assigned.
 *
 * <p>A warp runs in lockstep wherever its threads are at the same instruction: an instruction is
 * decoded once, and then executed for up to 32 threads. What an instruction computes for one thread
 * is a function of bit patterns, in {@link io.rowwise.backend.cuda.interpreter.IntegerFunctions}
 * and its neighbours.
 */
package io.rowwise.backend.cuda.interpreter;
