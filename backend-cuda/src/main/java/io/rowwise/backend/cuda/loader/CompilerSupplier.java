package io.rowwise.backend.cuda.loader;

import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.library.LibraryMissingException;

/**
 * Gives the compiler, when it is first needed.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
@FunctionalInterface
public interface CompilerSupplier {
  /**
   * The compiler.
   *
   * @throws LibraryMissingException if there is none, with what to do
   */
  Compiler get() throws LibraryMissingException;
}
