package io.rowwise.benchmarks.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.predictor.Predictor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The example service, over HTTP, with 64 clients at once. */
final class ScoringServiceTest {
  private static final int CLIENTS = 64;

  /** Of each client; more for figures worth quoting. */
  private static final int REQUESTS = Integer.getInteger("load.requests", 20);

  private static final int FEATURES = 5;
  private static final int CLASSES = 3;

  /** The service computes in {@code float32}. */
  private static final double TOLERANCE = 1e-6;

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private final Backend backend = Backends.choose("cpu", false).backend();
  private final SoftmaxClassifier classifier =
      new SoftmaxClassifier(backend, ElementType.FLOAT64, FEATURES, CLASSES, 42);
  private ServletWebServerApplicationContext service;
  private int port;

  @BeforeEach
  void start() {
    start("cuda");
  }

  private void start(String device) {
    SpringApplication application = new SpringApplication(ScoringApplication.class);
    application.addInitializers(
        context ->
            ((GenericApplicationContext) context)
                .registerBean(
                    SoftmaxClassifier.class,
                    () -> classifier,
                    // It stays ours, to check the answers with.
                    definition -> ((AbstractBeanDefinition) definition).setDestroyMethodName("")));
    service =
        (ServletWebServerApplicationContext)
            application.run(
                "--server.port=0",
                "--server.shutdown=graceful",
                "--rowwise.backend=" + device,
                // Tomcat's own folder in the temp directory outlives the process.
                "--server.tomcat.basedir=target/tomcat",
                "--management.endpoints.web.exposure.include=health,prometheus",
                "--management.endpoint.health.show-details=always",
                "--spring.main.banner-mode=off");
    port = service.getWebServer().getPort();
  }

  @AfterEach
  void stop() {
    service.close();
    clients.shutdownNow();
    classifier.close();
    backend.close();
  }

  private HttpRequest.Builder at(String path) {
    return HttpRequest.newBuilder(
        URI.create(String.format(Locale.ROOT, "http://localhost:%d%s", port, path)));
  }

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return http.send(
        at("/score")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String get(String path) throws IOException, InterruptedException {
    return http.send(at(path).build(), HttpResponse.BodyHandlers.ofString()).body();
  }

  /** A request's rows, and what is to come back. */
  private record Question(String body, List<double[]> expected) {}

  private Question question(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int rows = 1 + random.nextInt(5);
    double[] x = random.doubles((long) rows * FEATURES, -2, 2).toArray();
    List<double[]> expected = new ArrayList<>();
    synchronized (classifier) {
      try (Matrix samples = backend.matrix(rows, FEATURES, x);
          Matrix p = classifier.predict(samples)) {
        double[] all = p.toDoubles();
        for (int row = 0; row < rows; row++) {
          expected.add(Arrays.copyOfRange(all, row * CLASSES, (row + 1) * CLASSES));
        }
      }
    }
    List<double[]> body = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      body.add(Arrays.copyOfRange(x, row * FEATURES, (row + 1) * FEATURES));
    }
    return new Question(json.valueToTree(body).toString(), expected);
  }

  private void assertAnswer(Question question, HttpResponse<String> response) throws IOException {
    assertEquals(200, response.statusCode(), response.body());
    JsonNode probabilities = json.readTree(response.body()).get("probabilities");
    assertEquals(question.expected().size(), probabilities.size());
    for (int row = 0; row < question.expected().size(); row++) {
      for (int c = 0; c < CLASSES; c++) {
        assertEquals(
            question.expected().get(row)[c], probabilities.get(row).get(c).asDouble(), TOLERANCE);
      }
    }
  }

  /** All clients at once; returns how many rows they asked for. */
  private int load(int requests, ConcurrentLinkedQueue<Long> times)
      throws InterruptedException, ExecutionException {
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      int first = client * requests;
      tasks.add(
          () -> {
            int rows = 0;
            for (int i = 0; i < requests; i++) {
              Question question = question(first + i);
              long start = System.nanoTime();
              HttpResponse<String> response = post(question.body());
              times.add(System.nanoTime() - start);
              assertAnswer(question, response);
              rows += question.expected().size();
            }
            return rows;
          });
    }
    int rows = 0;
    for (Future<Integer> each : clients.invokeAll(tasks)) {
      rows += each.get();
    }
    return rows;
  }

  @Test
  void everyClientGetsItsOwnAnswers() throws IOException, InterruptedException, ExecutionException {
    ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
    long memoryBefore = usedMemory();
    int rows = load(REQUESTS, times);
    report(times, memoryBefore, usedMemory());

    JsonNode health = json.readTree(get("/actuator/health")).get("components").get("rowwise");
    assertEquals("UP", health.get("status").asText());
    assertEquals("cuda", health.get("details").get("requested").asText());
    Predictor predictor = service.getBean(Predictor.class);
    assertEquals(predictor.health().active(), health.get("details").get("active").asText());
    // Also the rows of the warm-up.
    double counted = metric("rowwise_predictor_rows_total");
    assertTrue(counted >= rows, counted + " rows counted of " + rows);
    assertEquals(CLIENTS * REQUESTS, metric("rowwise_predictor_batch_requests_sum"));
    assertTrue(metric("rowwise_predictor_batch_requests_count") <= CLIENTS * REQUESTS);
    assertTrue(metric("rowwise_predictor_device_memory_bytes") > 0);
  }

  /** As everywhere else, but with the CUDA backend's own kernels, in the interpreter. */
  @Test
  void theCudaBackendAnswersThemToo() throws IOException, InterruptedException, ExecutionException {
    service.close();
    start("interpreted");
    load(2, new ConcurrentLinkedQueue<>());

    JsonNode health = json.readTree(get("/actuator/health")).get("components").get("rowwise");
    assertEquals("cuda:0", health.get("details").get("active").asText());
    assertEquals("none", health.get("details").get("reason").asText());
    service.close();
    assertTrue(InterpretedCudaProvider.CUDA.holdsNothing(0));
  }

  private double metric(String name) throws IOException, InterruptedException {
    return get("/actuator/prometheus")
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** For the README's table of reliability. */
  private static void report(ConcurrentLinkedQueue<Long> times, long before, long after)
      throws IOException {
    long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
    Files.writeString(
        Path.of("target", "service-load.txt"),
        String.format(
            Locale.ROOT,
            "%d clients, %d requests, 0 errors, p50 %.1f ms, p99 %.1f ms, heap %d MiB before and %d"
                + " MiB after%n",
            CLIENTS,
            sorted.length,
            sorted[sorted.length / 2] / 1e6,
            sorted[sorted.length * 99 / 100] / 1e6,
            before >> 20,
            after >> 20));
  }

  @Test
  void badInputIsSaidToBeBad() throws IOException, InterruptedException {
    HttpResponse<String> response = post("[[1, 2, 3, 4, 5], [1, 2]]");
    assertEquals(400, response.statusCode());
    assertEquals(
        "row 1 has 2 numbers, wanted 5", json.readTree(response.body()).get("detail").asText());
    assertEquals(400, post("[[1, 2").statusCode());
    assertEquals(200, post("[]").statusCode());
  }

  @Test
  void stoppingUnderLoadLosesNoRequest() throws InterruptedException, ExecutionException {
    CountDownLatch underWay = new CountDownLatch(CLIENTS);
    AtomicBoolean stopping = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    List<Future<Void>> running = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      int first = client * 1_000_000;
      running.add(
          clients.submit(
              () -> {
                for (int i = 0; ; i++) {
                  Question question = question(first + i);
                  try {
                    HttpResponse<String> response = post(question.body());
                    if (response.statusCode() != 200) {
                      // Tomcat answers 400 to what it was still reading.
                      assertTrue(stopping.get(), response.body());
                      return null;
                    }
                    assertAnswer(question, response);
                    answered.incrementAndGet();
                    underWay.countDown();
                  } catch (IOException e) {
                    // Refused, or on a connection that was closed between two requests.
                    assertTrue(stopping.get(), e.toString());
                    return null;
                  }
                }
              }));
    }
    underWay.await();
    DistributionSummary computed =
        service.getBean(MeterRegistry.class).get("rowwise.predictor.batch.requests").summary();
    stopping.set(true);
    service.close();
    for (Future<Void> each : running) {
      each.get();
    }
    assertEquals(computed.totalAmount(), answered.get(), "what was computed reached its client");
  }
}
