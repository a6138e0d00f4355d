package io.rowwise.benchmarks.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.predictor.DeadlineExceededException;
import io.rowwise.predictor.Health;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorClosedException;
import io.rowwise.predictor.PredictorMetrics;
import io.rowwise.predictor.PredictorOptions;
import io.rowwise.predictor.QueueFullException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * A service that scores rows over HTTP: {@code POST /score} takes a JSON array of rows and answers
 * with the probabilities of each class. Whoever starts it brings a trained classifier as a bean.
 */
@SpringBootApplication
public class ScoringApplication {
  private static final Duration WITHIN = Duration.ofSeconds(2);

  /** The one predictor of the application; Spring closes it after the web server. */
  @Bean
  Predictor predictor(
      SoftmaxClassifier classifier,
      MeterRegistry meters,
      @Value("${rowwise.backend:auto}") String backend) {
    PredictorOptions options = PredictorOptions.defaults().backend(backend);
    return Predictor.of(classifier, options, new PredictorMetrics(meters));
  }

  /** Up as long as it answers, with what it runs on and why. */
  @Bean
  HealthIndicator rowwiseHealthIndicator(Predictor predictor) {
    return () -> {
      Health health = predictor.health();
      var status =
          health.state() == Health.State.READY
              ? org.springframework.boot.actuate.health.Health.up()
              : org.springframework.boot.actuate.health.Health.down();
      return status
          .withDetail("requested", health.requested())
          .withDetail("active", health.active())
          .withDetail("since", health.since())
          .withDetail("reason", health.reason().orElse("none"))
          .build();
    };
  }

  /** The endpoint. */
  @RestController
  static class Scoring {
    private final Predictor predictor;

    Scoring(Predictor predictor) {
      this.predictor = predictor;
    }

    /** What is answered. */
    record Scores(List<String> classes, List<double[]> probabilities) {}

    @PostMapping("/score")
    CompletableFuture<Scores> score(@RequestBody double[][] rows) {
      int features = predictor.features();
      double[] x = new double[rows.length * features];
      for (int row = 0; row < rows.length; row++) {
        if (rows[row].length != features) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "row %d has %d numbers, wanted %d",
                  row,
                  rows[row].length,
                  features));
        }
        System.arraycopy(rows[row], 0, x, row * features, features);
      }
      return predictor.predictAsync(x, rows.length, WITHIN).thenApply(this::scores);
    }

    private Scores scores(double[] all) {
      List<String> classes = predictor.classNames();
      List<double[]> probabilities = new ArrayList<>();
      for (int from = 0; from < all.length; from += classes.size()) {
        probabilities.add(Arrays.copyOfRange(all, from, from + classes.size()));
      }
      return new Scores(classes, probabilities);
    }
  }

  /** Errors as a client understands them. */
  @RestControllerAdvice
  static class Errors {
    @ExceptionHandler(IllegalArgumentException.class)
    ProblemDetail badInput(IllegalArgumentException e) {
      return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
    }

    @ExceptionHandler({QueueFullException.class, PredictorClosedException.class})
    ProblemDetail busy(RuntimeException e) {
      return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage());
    }

    @ExceptionHandler(DeadlineExceededException.class)
    ProblemDetail late(DeadlineExceededException e) {
      return ProblemDetail.forStatusAndDetail(HttpStatus.GATEWAY_TIMEOUT, e.getMessage());
    }
  }
}
