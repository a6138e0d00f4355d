/**
 * Reads PTX: what a text declares of its kernels, enough of it to check a launch. Public for the
 * root package; programs do not use it.
 */
package io.rowwise.backend.cuda.ptx;
