/**
 * Loads JCuda, and with it the driver and the compiler as they really are, or says in one line why
 * they do not load. Public for the root package; programs do not use it.
 */
package io.rowwise.backend.cuda.loader;
