package org.bytedeco.openblas.presets;

import org.bytedeco.javacpp.Pointer;

/** Calls of functions by their address. */
public final class openblas_nolapack {
  private openblas_nolapack() {}

  /** Memory that begins with the address of a function without result. */
  public static final class SetNumThreads extends Pointer {
    /** Nowhere. */
    public SetNumThreads() {}

    /** Calls it. */
    public native void call(int argument);
  }

  /** Memory that begins with the address of a function whose result is a number. */
  public static final class MklSetNumThreadsLocal extends Pointer {
    /** Nowhere. */
    public MklSetNumThreadsLocal() {}

    /** Calls it. */
    public native int call(int argument);
  }
}
