package io.rowwise.spark;

import io.rowwise.backend.BackendOptions;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.file.Quoted;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task computes on: the GPU that Spark gave it, or as many threads of the CPU as it has
 * cores.
 *
 * @param backend {@code cpu}, {@code cuda}, {@code cuda:1}, {@code cuda:GPU-5dd3fd0d}
 * @param threads of the CPU
 * @param fallback whether it may be the CPU instead
 * @param reason why it is the CPU already, where a GPU was wanted or might have been; empty if none
 *     was
 */
record DeviceRequest(String backend, int threads, boolean fallback, String reason) {
  static final String AUTO = "auto";
  static final String CPU = "cpu";
  static final String CUDA = "cuda";
  static final List<String> CHOICES = List.of(AUTO, CPU, CUDA);

  private static final Logger LOG = LoggerFactory.getLogger(DeviceRequest.class);
  private static final String RESOURCE = "gpu";
  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /** A UUID, a MIG slice or a PCI id, which the backend knows better. */
  private static final Pattern NAME =
      Pattern.compile("(?i)GPU-[0-9A-F-]+|MIG-[0-9A-Z/-]+|[0-9A-F]+:[0-9A-F:.]+");

  /**
   * Of the calling task.
   *
   * @param choice one of {@link #CHOICES}; {@code auto} takes a GPU where Spark gave the task one
   * @param fallback whether the CPU may be taken instead of a GPU that is not usable
   */
  static DeviceRequest ofTask(String choice, boolean fallback) {
    TaskContext task = TaskContext.get();
    ResourceInformation gpus = task.resourcesJMap().get(RESOURCE);
    String[] addresses = gpus == null ? new String[0] : gpus.addresses();
    return of(choice, fallback, task.cpus(), addresses, System.getenv());
  }

  static DeviceRequest of(
      String choice,
      boolean fallback,
      int threads,
      String[] addresses,
      Map<String, String> environment) {
    if (choice.equals(CPU)) {
      return cpu(threads, "");
    }
    boolean isAuto = choice.equals(AUTO);
    if (addresses.length == 0) {
      return isAuto
          ? cpu(threads, "Spark gave the task no GPU: spark.task.resource.gpu.amount")
          : new DeviceRequest(CUDA, threads, fallback, "");
    }
    String address = addresses[0].trim();
    Optional<String> visible = Optional.ofNullable(environment.get(VISIBLE));
    Optional<String> device = device(address, visible);
    if (device.isPresent()) {
      return new DeviceRequest(CUDA + ":" + device.get(), threads, fallback || isAuto, "");
    }
    boolean isNumber = NUMBER.matcher(address).matches();
    String reason =
        String.format(
            Locale.ROOT,
            "Spark gave the task the GPU %s, which is %s; let the discovery script print %s",
            Quoted.of(address),
            isNumber
                ? "none of " + VISIBLE + " = " + Quoted.of(visible.orElse(""))
                : "neither a number nor a UUID nor a PCI id",
            isNumber ? "UUIDs, or add its number there" : "one of these");
    if (!fallback && !isAuto) {
      throw new BackendUnavailableException(reason);
    }
    LOG.warn("{}; using cpu", reason);
    return cpu(threads, reason);
  }

  /** As many threads of the CPU as a task has cores. */
  static DeviceRequest cpu(int threads, String reason) {
    return new DeviceRequest(CPU, threads, true, reason);
  }

  /**
   * What CUDA calls it; empty if that cannot be known. CUDA counts only the devices that are
   * visible, in the order in which they are named; a name is the same whatever is visible.
   */
  private static Optional<String> device(String address, Optional<String> visible) {
    if (!NUMBER.matcher(address).matches()) {
      return Optional.of(address).filter(NAME.asMatchPredicate());
    }
    if (visible.isEmpty()) {
      return Optional.of(address);
    }
    int index = List.of(visible.get().trim().split("\\s*,\\s*", -1)).indexOf(address);
    return index < 0 ? Optional.empty() : Optional.of(Integer.toString(index));
  }

  boolean isCpu() {
    return backend.equals(CPU);
  }

  /** The same by the number of its GPU, if it has a name that is found. */
  DeviceRequest byNumber() {
    if (isCpu()) {
      return this;
    }
    String numbered = Backends.devices(toBackendRequest()).get(0).backend();
    return numbered.equals(backend) ? this : new DeviceRequest(numbered, threads, fallback, reason);
  }

  BackendRequest toBackendRequest() {
    return new BackendRequest(backend, fallback, Optional.empty())
        .options(BackendOptions.defaults().threads(threads));
  }
}
