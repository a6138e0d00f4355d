package io.rowwise.backend;

import java.util.Objects;
import java.util.Optional;

/**
 * Which backend is asked for, and by whom. What the program says comes first, then {@code
 * -Drowwise.backend} and {@code -Drowwise.backend.fallback}, then {@code -Dbackend} and {@code
 * -Dbackend.fallback}, which may be a host's own; a property that is not needed is not read. Open
 * it with {@link Backends#choose(BackendRequest)}.
 *
 * @param backend {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:1}, {@code
 *     cuda:GPU-5dd3fd0d}, ...; for a predictor also {@code cuda:all} and {@code cuda:0,2}; not
 *     checked before it is opened
 * @param fallback whether the CPU may be taken instead
 * @param origin the property that {@code backend} comes from, {@code -Drowwise.backend}; empty if
 *     the program said so, or if nobody did and it is {@code auto}
 * @param options what the program decides about the backend that is opened
 */
public record BackendRequest(
    String backend, boolean fallback, Optional<String> origin, BackendOptions options) {
  private static final String AUTO = "auto";

  /** Checks that nothing is missing. */
  public BackendRequest {
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(options, "options");
  }

  /** With nothing decided about the backend. */
  public BackendRequest(String backend, boolean fallback, Optional<String> origin) {
    this(backend, fallback, origin, BackendOptions.defaults());
  }

  /** What the system properties ask for; {@code auto} with fallback if they say nothing. */
  public static BackendRequest ofProperties() {
    return of(Optional.empty(), Optional.empty());
  }

  /**
   * What a program asks for; the system properties say what it leaves open.
   *
   * @param backend its choice, if it has one
   * @param fallback whether the CPU may be taken instead, if it says so
   * @throws IllegalArgumentException if a property that is needed says neither {@code true} nor
   *     {@code false}
   */
  public static BackendRequest of(Optional<String> backend, Optional<Boolean> fallback) {
    boolean allowed = fallback.isPresent() ? fallback.get() : fallbackProperty();
    if (backend.isPresent()) {
      return new BackendRequest(backend.get(), allowed, Optional.empty());
    }
    String property = firstSet(Backends.OWN_CHOICE_PROPERTY, Backends.CHOICE_PROPERTY);
    return Settings.text(property)
        .map(value -> new BackendRequest(value, allowed, Optional.of("-D" + property)))
        .orElseGet(() -> new BackendRequest(AUTO, allowed, Optional.empty()));
  }

  /** For another backend, which no property named. */
  BackendRequest backend(String newBackend) {
    return new BackendRequest(newBackend, fallback, Optional.empty(), options);
  }

  /** The same with another {@link #fallback()}. */
  public BackendRequest fallback(boolean allowed) {
    return new BackendRequest(backend, allowed, origin, options);
  }

  /** The same with another {@link #options()}. */
  public BackendRequest options(BackendOptions newOptions) {
    return new BackendRequest(backend, fallback, origin, newOptions);
  }

  private static boolean fallbackProperty() {
    return Settings.isTrue(
        firstSet(Backends.OWN_FALLBACK_PROPERTY, Backends.FALLBACK_PROPERTY), true);
  }

  private static String firstSet(String first, String otherwise) {
    return Settings.text(first).isPresent() ? first : otherwise;
  }

  /** For messages: {@code -Drowwise.backend=cuda}, or {@code backend 'cuda'} from a program. */
  @Override
  public String toString() {
    return origin.map(property -> property + "=" + backend).orElse("backend '" + backend + "'");
  }
}
