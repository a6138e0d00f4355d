/** Tests of the native code that the CPU backend calls, and of where it is loaded from. */
package io.rowwise.backend.cpu.blas;
