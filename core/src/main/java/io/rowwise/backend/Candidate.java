package io.rowwise.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A provider that could be asked who it is, and what it answered. */
record Candidate(String name, int priority, boolean isAutomatic, BackendProvider provider) {
  private static final Logger LOG = LoggerFactory.getLogger(Candidate.class);

  Candidate {
    Objects.requireNonNull(name, "name");
  }

  /**
   * The best first, and after them those that {@code auto} never chooses. One that fails to say who
   * it is must not cost the program the others.
   */
  static List<Candidate> of(List<BackendProvider> providers) {
    List<Candidate> candidates = new ArrayList<>();
    for (BackendProvider provider : providers) {
      try {
        candidates.add(
            new Candidate(provider.name(), provider.priority(), provider.isAutomatic(), provider));
      } catch (Throwable e) {
        LOG.warn("{} is passed over, as it failed", provider.getClass().getName(), e);
      }
    }
    candidates.sort(
        Comparator.comparing(Candidate::isAutomatic)
            .thenComparingInt(Candidate::priority)
            .reversed()
            .thenComparing(Candidate::name));
    return candidates;
  }

  /** Its devices by number; none where that cannot be said, for which opening it has the reason. */
  List<Device> devices() {
    try {
      return List.copyOf(provider.devices());
    } catch (Throwable e) {
      LOG.debug("{} does not tell its devices", name, e);
      return List.of();
    }
  }

  /**
   * The number of a device that is asked for by name; empty if its devices have no such names.
   *
   * @throws BackendUnavailableException if there is none, or that cannot be said
   * @throws IllegalArgumentException if a system property has a value that is not known
   */
  OptionalInt number(String device) {
    try {
      return Objects.requireNonNull(provider.number(device), "the number");
    } catch (BackendUnavailableException | IllegalArgumentException e) {
      throw e;
    } catch (Throwable e) {
      LOG.warn("{} does not find its device {}", name, device, e);
      throw new BackendUnavailableException("looking for the device failed with " + e, e);
    }
  }

  /**
   * Opens its backend.
   *
   * @throws BackendUnavailableException if that fails, for whatever reason
   * @throws IllegalArgumentException if a system property has a value that is not known
   */
  Backend open(OptionalInt index, BackendOptions options) {
    try {
      return Objects.requireNonNull(provider.open(index, options), "the opened backend");
    } catch (BackendUnavailableException | IllegalArgumentException e) {
      throw e;
    } catch (Throwable e) {
      LOG.warn("{} does not open", name, e);
      throw new BackendUnavailableException("opening it failed with " + e, e);
    }
  }
}
