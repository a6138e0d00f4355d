package io.rowwise.backend;

/**
 * The memory behind a matrix, as its backend sees it: {@code length} elements in one piece. Only
 * backends and kernels meet it; everybody else works with {@link Matrix}, which owns it.
 *
 * <p>A rectangle is given by the position of its first element, its rows and columns, and the
 * leading dimension (elements from one row's start to the next). Host arrays are row-major without
 * gaps. {@link Matrix} has checked every rectangle and every array's length before it calls. An
 * array of another type is converted element by element, rounding to nearest, once.
 *
 * <p>{@code read} waits for the work queued by the calling thread. {@code write} has taken the
 * array's values when it returns.
 */
public interface Storage {
  /** Copies a rectangle to the host. */
  void read(long position, int rows, int columns, long leadingDimension, double[] destination);

  /** Copies a rectangle to the host. */
  void read(long position, int rows, int columns, long leadingDimension, float[] destination);

  /** Copies host values into a rectangle. */
  void write(long position, int rows, int columns, long leadingDimension, double[] source);

  /** Copies host values into a rectangle. */
  void write(long position, int rows, int columns, long leadingDimension, float[] source);

  /** Gives the memory back. Called once, by any thread; nothing is called after it. */
  void free();
}
