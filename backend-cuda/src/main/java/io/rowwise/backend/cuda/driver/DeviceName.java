package io.rowwise.backend.cuda.driver;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a GPU is called beside its number, in either case of letters: its UUID or the beginning of
 * it, as {@code nvidia-smi -L} prints it and {@code CUDA_VISIBLE_DEVICES} takes it; its PCI id,
 * with the domain in as many digits as anybody prints or without one; or the name of a MIG slice.
 *
 * @param text in the form in which {@link #uuid} and {@link #pciId} give theirs
 */
record DeviceName(Kind kind, String text) {
  enum Kind {
    UUID,
    PCI_ID,
    MIG_SLICE
  }

  private static final Pattern UUID = Pattern.compile("gpu-[0-9a-f][0-9a-f-]*");
  private static final Pattern MIG_SLICE = Pattern.compile("mig-[0-9a-z].*");
  private static final Pattern PCI_ID =
      Pattern.compile("(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\\.[0-7])");

  /** What a text names; empty if no GPU is ever called so. */
  static Optional<DeviceName> of(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (UUID.matcher(lower).matches()) {
      return Optional.of(new DeviceName(Kind.UUID, upperPrefix(lower)));
    }
    if (MIG_SLICE.matcher(lower).matches()) {
      return Optional.of(new DeviceName(Kind.MIG_SLICE, upperPrefix(lower)));
    }
    return pciId(lower).map(id -> new DeviceName(Kind.PCI_ID, id));
  }

  /** As {@code nvidia-smi -L} prints it. */
  static String uuid(java.util.UUID uuid) {
    return "GPU-" + uuid;
  }

  /**
   * With small letters and a domain of four digits, as the driver takes it; empty if it is none.
   */
  static Optional<String> pciId(String text) {
    Matcher id = PCI_ID.matcher(text.toLowerCase(Locale.ROOT));
    if (!id.matches()) {
      return Optional.empty();
    }
    long domain = id.group(1) == null ? 0 : Long.parseLong(id.group(1), 16);
    return Optional.of(String.format(Locale.ROOT, "%04x:%s", domain, id.group(2)));
  }

  private static String upperPrefix(String name) {
    return name.substring(0, 3).toUpperCase(Locale.ROOT) + name.substring(3);
  }

  /** Whether an entry of {@code CUDA_VISIBLE_DEVICES} and this are one slice. */
  boolean isSlice(String visible) {
    return of(visible).filter(this::equals).isPresent();
  }
}
