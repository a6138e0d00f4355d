/**
 * Memory outside the heap: what a matrix's elements are in, how they get into arrays and back, and
 * how much of it there may be. {@link io.rowwise.backend.cpu.memory.NativeMemory} is all that
 * differs between JDKs. Programs do not use it.
 */
package io.rowwise.backend.cpu.memory;
