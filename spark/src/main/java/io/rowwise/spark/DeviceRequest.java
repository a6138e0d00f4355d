package io.rowwise.spark;

import io.rowwise.backend.BackendOptions;
import io.rowwise.backend.BackendRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task computes on: the GPU that Spark gave it, or as many threads of the CPU as it has
 * cores.
 *
 * @param backend {@code cpu}, {@code cuda} or {@code cuda:1}
 * @param threads of the CPU
 * @param fallback whether it may be the CPU instead
 */
record DeviceRequest(String backend, int threads, boolean fallback) {
  static final String AUTO = "auto";
  static final String CPU = "cpu";
  static final String CUDA = "cuda";
  static final List<String> CHOICES = List.of(AUTO, CPU, CUDA);

  private static final Logger LOG = LoggerFactory.getLogger(DeviceRequest.class);
  private static final String RESOURCE = "gpu";
  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  /**
   * Of a task.
   *
   * @param choice one of {@link #CHOICES}; {@code auto} takes a GPU where Spark gave the task one
   * @param fallback whether the CPU may be taken instead of a GPU that is not usable
   */
  static DeviceRequest of(TaskContext task, String choice, boolean fallback) {
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
    boolean mayFallBack = fallback || choice.equals(AUTO);
    if (choice.equals(CPU) || (choice.equals(AUTO) && addresses.length == 0)) {
      return new DeviceRequest(CPU, threads, true);
    }
    if (addresses.length == 0) {
      return new DeviceRequest(CUDA, threads, mayFallBack);
    }
    String address = addresses[0].trim();
    Optional<String> visible = Optional.ofNullable(environment.get(VISIBLE));
    int index = index(address, visible);
    if (index >= 0) {
      return new DeviceRequest(CUDA + ":" + index, threads, mayFallBack);
    }
    String reason =
        String.format(
            Locale.ROOT,
            "Spark gave this task the GPU '%s', which %s; let the discovery script print the"
                + " numbers of GPUs, or name the GPU in %s",
            address,
            visible.map(value -> "is none of " + VISIBLE + "=" + value).orElse("is no number"),
            VISIBLE);
    if (!mayFallBack) {
      throw new IllegalArgumentException(reason);
    }
    LOG.warn("{}; using cpu", reason);
    return new DeviceRequest(CPU, threads, true);
  }

  /** CUDA counts only the devices that are visible, in the order in which they are named. */
  private static int index(String address, Optional<String> visible) {
    if (visible.isPresent()) {
      return List.of(visible.get().trim().split("\\s*,\\s*", -1)).indexOf(address);
    }
    return address.matches("\\d{1,9}") ? Integer.parseInt(address) : -1;
  }

  /** The same, but on the CPU. */
  DeviceRequest onCpu() {
    return new DeviceRequest(CPU, threads, true);
  }

  boolean isCpu() {
    return backend.equals(CPU);
  }

  BackendRequest toBackendRequest() {
    return new BackendRequest(backend, fallback, Optional.empty())
        .options(BackendOptions.defaults().threads(threads));
  }
}
