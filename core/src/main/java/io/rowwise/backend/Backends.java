package io.rowwise.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The choice of device.
 *
 * <p>A choice is {@code auto} (the default: the best that is usable), the name of a backend on the
 * class path, {@code cpu} or {@code cuda}, or a name and a device's number, {@code cuda:1}. When
 * the backend asked for is not usable, the CPU is taken instead; the reason is logged once, at
 * WARN, and kept in the {@link BackendChoice}. Without fallback it is a {@link
 * BackendUnavailableException}. {@code auto} asks for nothing in particular, so its reasons are
 * kept and logged at DEBUG.
 */
public final class Backends {
  /** The system property with the choice. */
  public static final String CHOICE_PROPERTY = "backend";

  /** The system property that switches falling back off when it is {@code false}. */
  public static final String FALLBACK_PROPERTY = "backend.fallback";

  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
  private static final String AUTO = "auto";
  private static final String CPU = "cpu";
  private static final String CUDA = "cuda";
  private static final Pattern CHOICE = Pattern.compile("([a-z][a-z0-9_-]*)(?::(\\d{1,9}))?");

  private Backends() {}

  /**
   * Opens the backend that {@code -Dbackend} and {@code -Dbackend.fallback} choose. The caller owns
   * and closes it.
   *
   * @throws IllegalArgumentException if a property has a value that is not known
   * @throws BackendUnavailableException if nothing that was allowed is usable
   */
  public static Backend open() {
    return choose().backend();
  }

  /** As {@link #open}, telling also what was asked for and why it was not taken. */
  public static BackendChoice choose() {
    String fallback = System.getProperty(FALLBACK_PROPERTY, "true");
    if (!fallback.equals("true") && !fallback.equals("false")) {
      throw new IllegalArgumentException(
          "-D%s=%s: choose true or false".formatted(FALLBACK_PROPERTY, fallback));
    }
    return choose(System.getProperty(CHOICE_PROPERTY, AUTO), fallback.equals("true"));
  }

  /**
   * Opens a backend by name, whatever the system properties say.
   *
   * @param requested {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:1}, ...
   * @param fallback whether the CPU may be taken instead
   * @throws IllegalArgumentException if {@code requested} is not known; the message lists what is
   * @throws BackendUnavailableException if nothing that was allowed is usable
   */
  public static BackendChoice choose(String requested, boolean fallback) {
    return choose(requested, fallback, Services.load(BackendProvider.class));
  }

  static BackendChoice choose(String requested, boolean fallback, List<BackendProvider> providers) {
    Objects.requireNonNull(requested, "requested");
    Matcher choice = CHOICE.matcher(requested);
    if (!choice.matches() || !isKnown(choice.group(1), choice.group(2), providers)) {
      throw new IllegalArgumentException(
          "backend '%s' is not known: choose %s".formatted(requested, choices(providers)));
    }
    if (requested.equals(AUTO)) {
      return openBest(providers);
    }
    String name = choice.group(1);
    OptionalInt index =
        choice.group(2) == null
            ? OptionalInt.empty()
            : OptionalInt.of(Integer.parseInt(choice.group(2)));
    try {
      return new BackendChoice(open(name, index, providers), requested, Optional.empty());
    } catch (BackendUnavailableException e) {
      String reason = requested + " is not usable: " + e.getMessage();
      if (!fallback || name.equals(CPU)) {
        throw new BackendUnavailableException(reason, e);
      }
      Backend cpu;
      try {
        cpu = open(CPU, OptionalInt.empty(), providers);
      } catch (BackendUnavailableException noCpu) {
        noCpu.addSuppressed(e);
        throw new BackendUnavailableException(
            reason + "; nor is cpu: " + noCpu.getMessage(), noCpu);
      }
      LOG.warn("{}; using cpu", reason);
      return new BackendChoice(cpu, requested, Optional.of(reason));
    }
  }

  private static BackendChoice openBest(List<BackendProvider> providers) {
    List<String> reasons = new ArrayList<>();
    for (BackendProvider provider : bestFirst(providers)) {
      try {
        Backend backend = provider.open(OptionalInt.empty());
        LOG.debug("using {}; {}", backend.device(), reasons);
        return new BackendChoice(
            backend,
            AUTO,
            reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons)));
      } catch (BackendUnavailableException e) {
        reasons.add(provider.name() + " is not usable: " + e.getMessage());
      }
    }
    if (reasons.isEmpty()) {
      reasons.add(
          "there is none on the class path; add rowwise-backend-cpu or rowwise-backend-cuda");
    }
    throw new BackendUnavailableException("no backend: " + String.join("; ", reasons));
  }

  /**
   * Some lines about every backend on the class path: its device and the kernels that it chose, or
   * why it is not usable; and which system properties speak of them. See {@link
   * io.rowwise.Rowwise#describe}.
   */
  public static String describe() {
    return describe(Services.load(BackendProvider.class));
  }

  static String describe(List<BackendProvider> providers) {
    StringBuilder lines = new StringBuilder();
    new TreeSet<>(System.getProperties().stringPropertyNames())
        .stream()
            .filter(
                name ->
                    name.equals(CHOICE_PROPERTY)
                        || name.equals(FALLBACK_PROPERTY)
                        || name.startsWith("rowwise."))
            .forEach(name -> lines.append("-D%s=%s%n".formatted(name, System.getProperty(name))));
    for (BackendProvider provider : bestFirst(providers)) {
      lines.append("%n%s%n".formatted(describe(provider)));
    }
    return lines.toString().stripTrailing();
  }

  private static String describe(BackendProvider provider) {
    StringBuilder lines = new StringBuilder();
    try (Backend backend = provider.open(OptionalInt.empty())) {
      lines.append(provider.name()).append(": ").append(backend.describe());
    } catch (RuntimeException e) {
      lines.append(provider.name()).append(" is not usable: ").append(e.getMessage());
    }
    for (String library : provider.libraries()) {
      lines.append(System.lineSeparator()).append("library ").append(library);
    }
    return lines.toString();
  }

  private static List<BackendProvider> bestFirst(List<BackendProvider> providers) {
    return providers.stream()
        .sorted(
            Comparator.comparingInt(BackendProvider::priority)
                .reversed()
                .thenComparing(BackendProvider::name))
        .toList();
  }

  private static Backend open(String name, OptionalInt index, List<BackendProvider> providers) {
    for (BackendProvider provider : providers) {
      if (provider.name().equals(name)) {
        return provider.open(index);
      }
    }
    throw new BackendUnavailableException("rowwise-backend-" + name + " is not on the class path");
  }

  private static boolean isKnown(String name, String index, List<BackendProvider> providers) {
    boolean numbered = index != null;
    if (name.equals(AUTO) || name.equals(CPU)) {
      return !numbered;
    }
    return name.equals(CUDA)
        || providers.stream().anyMatch(provider -> provider.name().equals(name));
  }

  private static String choices(List<BackendProvider> providers) {
    TreeSet<String> names = new TreeSet<>(List.of(CUDA));
    providers.forEach(provider -> names.add(provider.name()));
    names.remove(CPU);
    return AUTO
        + ", "
        + CPU
        + ", "
        + names.stream().map(name -> name + " or " + name + ":N").collect(Collectors.joining(", "));
  }
}
