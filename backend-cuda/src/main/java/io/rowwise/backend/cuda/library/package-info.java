/**
 * CUDA's own libraries: where they are, and how JCuda's bindings, which ask for those of CUDA 12,
 * are made to take those of CUDA 13. Programs do not use it.
 */
package io.rowwise.backend.cuda.library;
