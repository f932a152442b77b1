package clearance.embed;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Measures what a call takes over the company of the examples, and prints one line of JSON.
 *
 * <p>The questions are all pairs of a principal and a place. <b>Cold</b> asks each pair once on an authorizer that was loaded just before, so
 * that no answer is kept; the compiler of the JVM has seen the code in earlier rounds. <b>Warm</b> asks the same pairs again and again.
 */
final class Bench {
    private static final int COLD_ROUNDS = 30;
    private static final int WARM_UP_ROUNDS = 150;
    private static final long WARM_NANOS = 1_000_000_000;
    private static final int STARTS = 7;

    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("start")) {
            start();
            return;
        }
        String directory = Repository.company();
        List<Question> questions = questions(directory);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("language", "java");
        result.put("coldNs", cold(directory, questions));
        Authorizer authorizer = Authorizer.load(directory);
        result.put("warmNs", warm(questions, question ->
            authorizer.check(question.principal(), question.permission(), question.place(), Repository.NOW)));
        result.put("effectiveNs", warm(questions, question -> authorizer.effective(question.principal(), question.place(), Repository.NOW)));
        result.put("explainNs", warm(questions, question ->
            authorizer.explain(question.principal(), question.permission(), question.place(), Repository.NOW)));
        List<Question> thousand = new ArrayList<>();
        for (int index = 0; index < 1000; index++) {
            thousand.add(questions.get(index % questions.size()));
        }
        result.put("batchNs", warm(List.of(thousand), batch -> authorizer.checkMany(batch, Repository.NOW)) / 1000);
        starts(result);
        System.out.println(Json.write(result));
    }

    private static List<Question> questions(String directory) {
        Map<String, Object> data = Answers.object(Json.read(directory));
        List<Principal> principals = new ArrayList<>();
        ids(data, "users").forEach(id -> principals.add(Principal.user(id)));
        ids(data, "keys").forEach(id -> principals.add(Principal.key(id)));
        ids(data, "projects").forEach(id -> principals.add(Principal.projectKey(id)));
        List<Place> places = new ArrayList<>();
        ids(data, "organizations").forEach(id -> places.add(Place.organization(id)));
        ids(data, "teams").forEach(id -> places.add(Place.team(id)));
        ids(data, "projects").forEach(id -> places.add(Place.project(id)));
        List<Question> questions = new ArrayList<>();
        principals.forEach(principal -> places.forEach(place -> questions.add(new Question(principal, "traces:view", place))));
        return questions;
    }

    private static List<String> ids(Map<String, Object> data, String list) {
        return ((List<?>) data.getOrDefault(list, List.of())).stream().map(row -> (String) Answers.object(row).get("id")).toList();
    }

    private static double cold(String directory, List<Question> questions) {
        double[] means = new double[COLD_ROUNDS];
        for (int round = -WARM_UP_ROUNDS; round < COLD_ROUNDS; round++) {
            Authorizer authorizer = Authorizer.load(directory);
            long begin = System.nanoTime();
            for (Question question : questions) {
                authorizer.check(question.principal(), question.permission(), question.place(), Repository.NOW);
            }
            means[Math.max(0, round)] = (double) (System.nanoTime() - begin) / questions.size();
        }
        return median(means);
    }

    /** The mean time of one call. What was measured first does not count: the JVM compiles meanwhile. */
    private static <T> double warm(List<T> questions, Consumer<T> ask) {
        double mean = 0;
        for (int half = 0; half < 2; half++) {
            long asked = 0;
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < WARM_NANOS) {
                questions.forEach(ask);
                asked += questions.size();
            }
            mean = (double) (System.nanoTime() - begin) / asked;
        }
        return mean;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** What {@link #starts} runs in a process of its own. */
    private static void start() throws IOException {
        Authorizer authorizer = Authorizer.load(Repository.company());
        System.out.println(authorizer.check(Principal.key("ci"), "traces:view", Place.project("shop")).allow());
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS")).findFirst().orElseThrow();
        System.out.println(resident.replaceAll("\\D", ""));
    }

    private static void starts(Map<String, Object> result) throws IOException, InterruptedException {
        Path archive = Files.createTempDirectory("clearance").resolve("classes.jsa");
        List<Double> resident = new ArrayList<>();
        result.put("startMs", startMs(List.of("-Xshare:auto"), resident));
        startOnce(List.of("-XX:ArchiveClassesAtExit=" + archive), new ArrayList<>());
        result.put("startKeptMs", startMs(List.of("-XX:SharedArchiveFile=" + archive), new ArrayList<>()));
        result.put("memoryMb", resident.get(resident.size() / 2));
        Files.deleteIfExists(archive);
        Files.deleteIfExists(archive.getParent());
    }

    private static double startMs(List<String> options, List<Double> resident) throws IOException, InterruptedException {
        double[] times = new double[STARTS];
        for (int index = 0; index < STARTS; index++) {
            times[index] = startOnce(options, resident);
        }
        Collections.sort(resident);
        return median(times);
    }

    /** The time from the start of a JVM to the first decision. */
    private static double startOnce(List<String> options, List<Double> resident) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-Dclearance.repository=" + Repository.ROOT, Bench.class.getName(), "start"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.to(new File("/dev/null")));
        long begin = System.nanoTime();
        Process process = builder.start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            String decision = out.readLine();
            double millis = (System.nanoTime() - begin) / 1e6;
            if (!"true".equals(decision)) {
                throw new IllegalStateException("it answered " + decision);
            }
            resident.add(Double.parseDouble(out.readLine()) / 1024);
            process.waitFor();
            return millis;
        }
    }
}
