package io.rowwise.backend;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a backend computes on.
 *
 * @param id how {@code -Dbackend} names it: {@code cpu}, {@code cuda:0}
 * @param name the maker's name for it
 * @param memoryBytes the memory that matrices may take in all, in bytes
 * @param details what a bug report needs beyond that (versions, compute capability), in the order
 *     to show it
 */
public record Device(String id, String name, long memoryBytes, Map<String, String> details) {
  /** Copies {@code details}, keeping their order. */
  public Device {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }

  /** One line: {@code cuda:0 NVIDIA H100 (compute capability 9.0, ...)}. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(id).append(' ').append(name);
    if (!details.isEmpty()) {
      line.append(" (");
      String separator = "";
      for (Map.Entry<String, String> detail : details.entrySet()) {
        line.append(separator).append(detail.getKey()).append(' ').append(detail.getValue());
        separator = ", ";
      }
      line.append(')');
    }
    return line.toString();
  }
}
