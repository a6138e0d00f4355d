package io.rowwise.backend;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/** Providers on the class path. */
final class Services {
  private Services() {}

  /**
   * Looks where this class came from and where the thread says, since in a service the calling
   * thread's class loader often sees more than ours, and in a pool's thread less.
   */
  static <T> List<T> load(Class<T> service) {
    List<T> found = new ArrayList<>();
    Set<Class<?>> seen = new HashSet<>();
    List<ServiceLoader<T>> loaders =
        List.of(
            ServiceLoader.load(service, Services.class.getClassLoader()),
            ServiceLoader.load(service));
    for (ServiceLoader<T> loader : loaders) {
      for (T provider : loader) {
        if (seen.add(provider.getClass())) {
          found.add(provider);
        }
      }
    }
    return found;
  }
}
