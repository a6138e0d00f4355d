package io.rowwise.backend;

import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** System properties that begin like ours and that nobody reads, most likely misspelt. */
final class UnreadProperties {
  private static final Logger LOG = LoggerFactory.getLogger(UnreadProperties.class);
  private static final String PREFIX = "rowwise.";
  private static final Set<String> OWN =
      Set.of(
          Backends.OWN_CHOICE_PROPERTY,
          Backends.OWN_FALLBACK_PROPERTY,
          CheckedBackend.LEAKS_PROPERTY);

  // Whose properties are not missed where the module is not on the class path.
  private static final Set<String> MODULES = Set.of("cpu", "cuda", "nd4j");

  // Static, since a program that opens many backends is to be told once, not once for each.
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private UnreadProperties() {}

  /** Their names, in order. */
  static Set<String> of(List<BackendProvider> providers, Properties properties) {
    Set<String> unread = new TreeSet<>();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(PREFIX)) {
        unread.add(name);
      }
    }
    if (unread.isEmpty()) {
      return unread;
    }
    unread.removeAll(OWN);
    Set<String> silent = new HashSet<>(MODULES);
    for (BackendProvider provider : providers) {
      try {
        List<String> read = provider.properties();
        if (!read.isEmpty()) {
          unread.removeAll(read);
          silent.remove(provider.name());
        } else {
          silent.add(provider.name());
        }
      } catch (Throwable e) {
        // What it reads is not known, then, and nobody is to be told something wrong.
        return Set.of();
      }
    }
    unread.removeIf(name -> silent.contains(family(name)));
    return unread;
  }

  private static String family(String name) {
    String rest = name.substring(PREFIX.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }

  /** Tells each once. */
  static void warn(List<BackendProvider> providers) {
    for (String name : of(providers, System.getProperties())) {
      if (TOLD.add(name)) {
        LOG.warn("nobody reads the system property {}; is it misspelt?", name);
      }
    }
  }
}
