/**
 * The driver as it really is: calls into JCuda, and nothing else.
 *
 * <p>The one package that calls JCuda. Its classes live in a class loader of their own, together
 * with JCuda's, so the rest of this module never has a class of this package in a signature, a cast
 * or a {@code new}: it holds them as {@link io.rowwise.backend.cuda.driver.Driver} and {@link
 * io.rowwise.backend.cuda.driver.Compiler}.
 */
package io.rowwise.backend.cuda.jcuda;
