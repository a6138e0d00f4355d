/** Tests of what is launched, and of the PTX against it. */
package io.rowwise.backend.cuda.kernel;
