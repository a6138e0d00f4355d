package io.rowwise.predictor;

import java.time.Instant;
import java.util.Optional;

/**
 * How one of a predictor's devices is.
 *
 * @param device {@code cuda:1}, {@code cpu}
 * @param answers whether requests go there
 * @param since since when they do, or do not
 * @param reason one line that says why they do not
 */
public record DeviceHealth(
    String device, boolean answers, Instant since, Optional<String> reason) {}
