/** Tests of how CUDA's own libraries are found and taken. */
package io.rowwise.backend.cuda.library;
