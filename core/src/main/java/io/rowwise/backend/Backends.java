package io.rowwise.backend;

import java.util.ArrayList;
import java.util.Arrays;
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
 * <p>A choice is {@code auto} (the default: the best that is usable, of those that may be chosen
 * so; see {@link BackendProvider#isAutomatic}), the name of a backend on the class path, {@code
 * cpu} or {@code cuda}, or a name and a device's number, {@code cuda:1}, or what else the backend
 * calls its device, as in {@code cuda:GPU-5dd3fd0d} or {@code cuda:0000:3b:00.0}; see {@link
 * BackendProvider#number}. When the backend asked for is not usable, the CPU is taken instead; the
 * reason is logged once, at WARN, and kept in the {@link BackendChoice}. Without fallback it is a
 * {@link BackendUnavailableException}. {@code auto} asks for nothing in particular, so its reasons
 * are kept and logged at DEBUG.
 *
 * <p>Several devices at once, {@code cuda:all} or {@code cuda:0,2}, are for a predictor, which
 * opens a backend on each. A backend computes on one device, so {@link #open} and {@link #choose}
 * refuse them.
 *
 * <p>What the program says comes before the system properties {@code rowwise.backend} and {@code
 * rowwise.backend.fallback}, and these before {@code backend} and {@code backend.fallback}, which a
 * host may use for something of its own.
 */
public final class Backends {
  /** The system property with the choice, where {@link #OWN_CHOICE_PROPERTY} is not set. */
  public static final String CHOICE_PROPERTY = "backend";

  /**
   * The system property that switches falling back off when it is {@code false}, where {@link
   * #OWN_FALLBACK_PROPERTY} is not set.
   */
  public static final String FALLBACK_PROPERTY = "backend.fallback";

  /** The system property with the choice that is nobody else's. */
  public static final String OWN_CHOICE_PROPERTY = "rowwise.backend";

  /** The system property about falling back that is nobody else's. */
  public static final String OWN_FALLBACK_PROPERTY = "rowwise.backend.fallback";

  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
  private static final String AUTO = "auto";
  private static final String CPU = "cpu";
  private static final String CUDA = "cuda";
  private static final String ALL = "all";
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /** A device's number or name; which names there are is the provider's to say. */
  private static final String DEVICE = "(?!all\\b)[0-9A-Za-z][0-9A-Za-z.:/-]*";

  private static final Pattern CHOICE =
      Pattern.compile("([a-z][a-z0-9_-]*)(?::(all|%s(?:,%s)*))?".formatted(DEVICE, DEVICE));

  private Backends() {}

  /**
   * Opens the backend that the system properties choose. The caller owns and closes it.
   *
   * @throws IllegalArgumentException if a property has a value that is not known
   * @throws BackendUnavailableException if nothing that was allowed is usable
   */
  public static Backend open() {
    return choose().backend();
  }

  /** As {@link #open}, telling also what was asked for and why it was not taken. */
  public static BackendChoice choose() {
    return choose(BackendRequest.ofProperties());
  }

  /**
   * Opens a backend by name, whatever the system properties say.
   *
   * @param requested {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:1}, {@code
   *     cuda:GPU-5dd3fd0d}, ...
   * @param fallback whether the CPU may be taken instead
   * @throws IllegalArgumentException if {@code requested} is not known; the message lists what is
   * @throws BackendUnavailableException if nothing that was allowed is usable
   */
  public static BackendChoice choose(String requested, boolean fallback) {
    return choose(new BackendRequest(requested, fallback, Optional.empty()));
  }

  /**
   * Opens the backend that is asked for.
   *
   * @throws IllegalArgumentException if it is not known, or if it is for several devices; the
   *     message says where it was asked for, and lists what is known
   * @throws BackendUnavailableException if nothing that was allowed is usable
   */
  public static BackendChoice choose(BackendRequest request) {
    Objects.requireNonNull(request, "request");
    return choose(request, Services.load(BackendProvider.class));
  }

  static BackendChoice choose(BackendRequest request, List<BackendProvider> providers) {
    List<Candidate> candidates = Candidate.of(providers);
    String requested = request.backend();
    Matcher choice = CHOICE.matcher(requested);
    if (!choice.matches() || !isKnown(choice.group(1), choice.group(2), candidates)) {
      throw unknown(request, candidates);
    }
    String name = choice.group(1);
    if (isSeveral(choice.group(2))) {
      throw new IllegalArgumentException(
          "%s is several devices, which are for the class Predictor; choose one here: %s or %s:N"
              .formatted(request, name, name));
    }
    UnreadProperties.warn(providers);
    if (requested.equals(AUTO)) {
      return openBest(candidates, request.options());
    }
    try {
      OptionalInt index = OptionalInt.empty();
      if (choice.group(2) != null) {
        index = number(name, choice.group(2), candidates);
        if (index.isEmpty()) {
          throw unknown(request, candidates);
        }
      }
      return new BackendChoice(
          open(name, index, candidates, request.options()), requested, Optional.empty());
    } catch (BackendUnavailableException e) {
      String reason = requested + " is not usable: " + e.getMessage();
      if (!request.fallback() || name.equals(CPU)) {
        throw new BackendUnavailableException(reason, e);
      }
      Backend cpu;
      try {
        cpu = open(CPU, OptionalInt.empty(), candidates, request.options());
      } catch (BackendUnavailableException noCpu) {
        noCpu.addSuppressed(e);
        throw new BackendUnavailableException(
            reason + "; nor is cpu: " + noCpu.getMessage(), noCpu);
      }
      LOG.warn("{}; using cpu", reason);
      return new BackendChoice(cpu, requested, Optional.of(reason));
    }
  }

  /**
   * The devices that a request is for, as a request for each, by number and each one once: those of
   * {@code cuda:all} are all usable ones of the machine in the order of their numbers, those of
   * {@code cuda:0,2} the two, and where none can be found, {@code cuda}, whose opening says why. A
   * name of a device, as in {@code cuda:GPU-5dd3fd0d}, becomes its number, and stays where it is
   * nobody's, so that opening it says why. Any other request is for itself, whether it is known or
   * not. Opens nothing.
   *
   * @return at least one; each may be given to {@link #choose(BackendRequest)}
   */
  public static List<BackendRequest> devices(BackendRequest request) {
    Objects.requireNonNull(request, "request");
    return devices(request, Services.load(BackendProvider.class));
  }

  static List<BackendRequest> devices(BackendRequest request, List<BackendProvider> providers) {
    List<Candidate> candidates = Candidate.of(providers);
    Matcher choice = CHOICE.matcher(request.backend());
    if (!choice.matches()
        || choice.group(2) == null
        || !isKnown(choice.group(1), choice.group(2), candidates)) {
      return List.of(request);
    }
    String name = choice.group(1);
    if (!choice.group(2).equals(ALL)) {
      return Arrays.stream(choice.group(2).split(",", -1))
          .map(device -> name + ":" + numberIfFound(name, device, candidates))
          .distinct()
          .map(device -> device.equals(request.backend()) ? request : request.backend(device))
          .toList();
    }
    List<BackendRequest> all =
        candidates.stream()
            .filter(candidate -> candidate.name().equals(name))
            .flatMap(candidate -> candidate.devices().stream())
            .map(device -> request.backend(device.id()))
            .toList();
    return all.isEmpty() ? List.of(request.backend(name)) : all;
  }

  /**
   * A device's number.
   *
   * @return empty if that is neither a number nor what this backend's devices may be called
   * @throws BackendUnavailableException if there is no such device, or no such backend
   */
  private static OptionalInt number(String name, String device, List<Candidate> candidates) {
    return NUMBER.matcher(device).matches()
        ? OptionalInt.of(Integer.parseInt(device))
        : require(name, candidates).number(device);
  }

  private static String numberIfFound(String name, String device, List<Candidate> candidates) {
    try {
      OptionalInt number = number(name, device, candidates);
      return number.isPresent() ? Integer.toString(number.getAsInt()) : device;
    } catch (BackendUnavailableException | IllegalArgumentException e) {
      LOG.debug("{}:{} is not found", name, device, e);
      return device;
    }
  }

  private static boolean isSeveral(String numbers) {
    return numbers != null && (numbers.equals(ALL) || numbers.contains(","));
  }

  private static BackendChoice openBest(List<Candidate> candidates, BackendOptions options) {
    List<String> reasons = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (!candidate.isAutomatic()) {
        continue;
      }
      try {
        Backend backend = candidate.open(OptionalInt.empty(), options);
        LOG.debug("using {}; {}", backend.device(), reasons);
        return new BackendChoice(
            backend,
            AUTO,
            reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons)));
      } catch (BackendUnavailableException e) {
        reasons.add(candidate.name() + " is not usable: " + e.getMessage());
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
   * why it is not usable, or, where {@code auto} never chooses it and the properties do not either,
   * that it was not opened; and which system properties speak of them. Throws nothing, whatever a
   * provider does. See {@link io.rowwise.Rowwise#describe}.
   */
  public static String describe() {
    try {
      return describe(Services.load(BackendProvider.class));
    } catch (Throwable e) {
      return "the backends cannot be listed: " + e;
    }
  }

  static String describe(List<BackendProvider> providers) {
    return BackendReport.of(providers);
  }

  private static Backend open(
      String name, OptionalInt index, List<Candidate> candidates, BackendOptions options) {
    return require(name, candidates).open(index, options);
  }

  private static Candidate require(String name, List<Candidate> candidates) {
    return candidates.stream()
        .filter(candidate -> candidate.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new BackendUnavailableException(
                    "rowwise-backend-" + name + " is not on the class path"));
  }

  private static boolean isKnown(String name, String device, List<Candidate> candidates) {
    if (name.equals(AUTO) || name.equals(CPU)) {
      return device == null;
    }
    return name.equals(CUDA)
        || candidates.stream().anyMatch(candidate -> candidate.name().equals(name));
  }

  private static IllegalArgumentException unknown(
      BackendRequest request, List<Candidate> candidates) {
    return new IllegalArgumentException(
        request
            + (request.origin().isPresent() ? ": choose " : " is not known: choose ")
            + choices(candidates));
  }

  private static String choices(List<Candidate> candidates) {
    TreeSet<String> names = new TreeSet<>(List.of(CUDA));
    candidates.forEach(candidate -> names.add(candidate.name()));
    names.remove(CPU);
    return AUTO
        + ", "
        + CPU
        + ", "
        + names.stream().map(name -> name + " or " + name + ":N").collect(Collectors.joining(", "))
        + "; N is a number, or a GPU's UUID or PCI id; the class Predictor also takes cuda:all and"
        + " cuda:0,2";
  }
}
