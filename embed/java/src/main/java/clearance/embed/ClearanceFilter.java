package clearance.embed;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Lets a request through to the servlet if the authorizer allows it.
 *
 * <pre>{@code
 * new ClearanceFilter(authorizer, request -> keyOf(request).map(key ->
 *     new Question(Principal.key(key), "prompts:view", Place.project(request.getHeader("X-Project-Id")))));
 * }</pre>
 *
 * <p>A request that nobody is known to make is answered with 401, a denial with 403, and one for which there was no answer with 503, also where
 * the function throws, each as {@code application/problem+json}. The servlet does not run then. A servlet that runs finds the {@link Decision}
 * in the request attribute that has the name of that class.
 *
 * <p>This class needs {@code jakarta.servlet-api}, which the rest of this package does not.
 */
public final class ClearanceFilter implements Filter {
    private final Authorizer authorizer;
    private final Function<HttpServletRequest, Optional<Question>> question;
    private FilterConfig config;

    /**
     * A filter.
     *
     * @param authorizer what is asked
     * @param question who asks for what in a request: empty where the request has no valid credential
     */
    public ClearanceFilter(Authorizer authorizer, Function<HttpServletRequest, Optional<Question>> question) {
        this.authorizer = Objects.requireNonNull(authorizer, "authorizer");
        this.question = Objects.requireNonNull(question, "question");
    }

    @Override
    public void init(FilterConfig config) {
        this.config = config;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) throws IOException, ServletException {
        HttpServletResponse http = (HttpServletResponse) response;
        Optional<Question> asked;
        Decision decision = null;
        try {
            asked = question.apply((HttpServletRequest) request);
            if (asked.isPresent()) {
                decision = authorizer.check(asked.get().principal(), asked.get().permission(), asked.get().place());
            }
        } catch (RuntimeException error) {
            // What exactly failed is for the log.
            config.getServletContext().log("clearance: a request was not answered", error);
            refuse(http, 503, "Service Unavailable", "fault", "no answer could be given: see the log of the server", Map.of());
            return;
        }
        if (decision == null) {
            http.setHeader("WWW-Authenticate", "Bearer realm=\"clearance\"");
            String detail = "no valid credential: send an API key that is in use, and the project if it has several";
            refuse(http, 401, "Unauthorized", "unauthorized", detail, Map.of());
            return;
        }
        if (!decision.allow()) {
            http.setHeader("WWW-Authenticate", "Bearer realm=\"clearance\", error=\"insufficient_scope\"");
            http.setHeader("X-Clearance-Policy", decision.policy());
            String detail = "the credential is valid, and does not hold the permission that this takes";
            refuse(http, 403, "Forbidden", "forbidden", detail, members(asked.get(), decision));
            return;
        }
        request.setAttribute(Decision.class.getName(), decision);
        chain.doFilter(request, response);
    }

    /** As in the answer of the server, a member is null where the question names none. */
    private static Map<String, String> members(Question question, Decision decision) {
        Map<String, String> members = new LinkedHashMap<>();
        members.put("key", question.principal() instanceof Principal.Key key ? key.id() : null);
        members.put("permission", question.permission());
        members.put("policy", decision.policy());
        members.put("project", question.place() instanceof Place.Project project ? project.id() : null);
        members.put("reason", decision.reason());
        return members;
    }

    private static void refuse(
        HttpServletResponse response, int status, String title, String type, String detail, Map<String, String> members) throws IOException {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "urn:clearance:problem:" + type);
        problem.put("title", title);
        problem.put("status", status);
        problem.put("detail", detail);
        problem.putAll(members);
        byte[] body = Json.write(problem).getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType("application/problem+json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
