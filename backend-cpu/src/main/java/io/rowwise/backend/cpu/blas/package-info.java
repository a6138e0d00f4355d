/**
 * The native code that the CPU backend calls: OpenBLAS, and the C library's memory. On Linux each
 * class loader has a copy of OpenBLAS for itself, with settings of its own; elsewhere it shares
 * JavaCPP's. Programs do not use it.
 */
package io.rowwise.backend.cpu.blas;
