package io.rowwise.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/** Providers on the class path. */
final class Services {
  private Services() {}

  /**
   * In a new list. Looks where this class came from and where the thread says, since in a service
   * the calling thread's class loader often sees more than ours, and in a pool's thread less.
   */
  static <T> List<T> load(Class<T> service) {
    List<T> found = new ArrayList<>();
    Set<Class<?>> seen = new HashSet<>();
    Set<ClassLoader> loaders =
        new LinkedHashSet<>(
            Arrays.asList(
                Services.class.getClassLoader(), Thread.currentThread().getContextClassLoader()));
    for (ClassLoader loader : loaders) {
      for (T provider : ServiceLoader.load(service, loader)) {
        if (seen.add(provider.getClass())) {
          found.add(provider);
        }
      }
    }
    return found;
  }
}
