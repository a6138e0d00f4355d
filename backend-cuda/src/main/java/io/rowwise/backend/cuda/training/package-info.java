/**
 * Training on the device: a step and an epoch, in one launch where the problem is small, else as
 * products of cuBLAS with the launches between them. Public for the root package; programs do not
 * use it.
 */
package io.rowwise.backend.cuda.training;
