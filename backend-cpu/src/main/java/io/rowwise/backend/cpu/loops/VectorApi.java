package io.rowwise.backend.cpu.loops;

import java.util.function.Supplier;

/**
 * Classes that need the Vector API, which a JVM has that was started with {@code --add-modules
 * jdk.incubator.vector}. There are none for {@code float64}: C2 does with its own loops what JDK
 * 17's Vector API does.
 */
public final class VectorApi {
  private static final String MODULE = "jdk.incubator.vector";
  private static final String PACKAGE = "io.rowwise.backend.cpu.";

  private VectorApi() {}

  /** Whether this JVM has it. */
  public static boolean isPresent() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  /**
   * What needs it, where it is there; else what does without.
   *
   * @param name of its class in a package of this backend, with a constructor without parameters
   */
  public static <T> T orElse(String name, Supplier<? extends T> otherwise, Class<T> type) {
    if (!isPresent()) {
      return otherwise.get();
    }
    try {
      // Compiled apart from all else, which does without that module.
      return type.cast(Class.forName(PACKAGE + name).getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException | LinkageError e) {
      // Another version of an API that is not final.
      return otherwise.get();
    }
  }
}
