package io.rowwise.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Providers on the class path. */
final class Services {
  private static final Logger LOG = LoggerFactory.getLogger(Services.class);

  // Where a list of providers cannot be read, asking again gives the same error for ever.
  private static final int MOST_FAILURES = 100;

  // Static, since a program that opens many backends is to be told once, not once for each.
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private Services() {}

  /**
   * In a new list. Looks where this class came from and where the thread says, since in a service
   * the calling thread's class loader often sees more than ours, and in a pool's thread less. A
   * loader that knows another Rowwise than this one, or none, has no providers for us; a provider
   * that cannot be made is passed over, and told once.
   */
  static <T> List<T> load(Class<T> service) {
    return load(service, Thread.currentThread().getContextClassLoader());
  }

  static <T> List<T> load(Class<T> service, ClassLoader context) {
    List<T> found = new ArrayList<>();
    Set<Class<?>> seen = new HashSet<>();
    Set<ClassLoader> loaders =
        new LinkedHashSet<>(Arrays.asList(Services.class.getClassLoader(), context));
    for (ClassLoader loader : loaders) {
      if (sees(loader, service)) {
        for (T provider : providers(service, loader)) {
          if (seen.add(provider.getClass())) {
            found.add(provider);
          }
        }
      }
    }
    return found;
  }

  private static boolean sees(ClassLoader loader, Class<?> service) {
    try {
      return loader != null && Class.forName(service.getName(), false, loader) == service;
    } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
      LOG.debug("{} sees no {}", loader, service.getName(), e);
      return false;
    }
  }

  private static <T> List<T> providers(Class<T> service, ClassLoader loader) {
    List<T> made = new ArrayList<>();
    Iterator<T> providers = ServiceLoader.load(service, loader).iterator();
    int failures = 0;
    boolean more = true;
    while (more && failures < MOST_FAILURES) {
      try {
        more = providers.hasNext();
        if (more) {
          made.add(providers.next());
        }
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        failures++;
        tell(service, e);
      }
    }
    return made;
  }

  private static void tell(Class<?> service, Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    if (text.endsWith("not a subtype")) {
      LOG.debug("a provider of another Rowwise is passed over: {}", text);
    } else if (TOLD.size() < MOST_FAILURES && TOLD.add(text)) {
      LOG.warn("a provider of {} cannot be made and is passed over", service.getName(), failure);
    }
  }
}
