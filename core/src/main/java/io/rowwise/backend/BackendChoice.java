package io.rowwise.backend;

import java.util.Optional;

/**
 * An opened backend, and how it came to be this one.
 *
 * @param backend the opened backend; the caller owns and closes it
 * @param requested what was asked for: {@code auto}, {@code cuda}, ...
 * @param fallbackReason one line that says why a preferred backend is not usable; empty if the
 *     first choice is
 */
public record BackendChoice(Backend backend, String requested, Optional<String> fallbackReason) {
  /** The device line: the device, and why it is not a better one. */
  @Override
  public String toString() {
    return backend.device() + fallbackReason.map(reason -> " (" + reason + ")").orElse("");
  }
}
