package clearance.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The filter in Jetty. */
class ClearanceFilterTest {
    private final AtomicInteger served = new AtomicInteger();
    private final HttpClient client = HttpClient.newHttpClient();
    private Server server;
    private Authorizer authorizer;

    private static Optional<Question> question(HttpServletRequest request) {
        String key = request.getHeader("X-Key");
        if ("broken".equals(key)) {
            throw new IllegalStateException("the function of the user is wrong");
        }
        return Optional.ofNullable(key).map(id -> new Question(
            Principal.key(id.equals("malformed") ? null : id), request.getParameter("permission"), Place.project(request.getParameter("project"))));
    }

    @BeforeEach
    void start() throws Exception {
        authorizer = Repository.companyAuthorizer();
        ServletContextHandler context = new ServletContextHandler("/");
        context.addFilter(new FilterHolder(new ClearanceFilter(authorizer, ClearanceFilterTest::question)), "/*",
            EnumSet.of(jakarta.servlet.DispatcherType.REQUEST));
        context.addServlet(new ServletHolder(new Served()), "/*");
        server = new Server(0);
        server.setHandler(context);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    private final class Served extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            served.incrementAndGet();
            Decision decision = (Decision) request.getAttribute(Decision.class.getName());
            response.getWriter().print("served by " + decision.binding().orElseThrow());
        }
    }

    private HttpResponse<String> get(String key, String permission) throws Exception {
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        URI uri = URI.create("http://127.0.0.1:" + port + "/?project=shop&permission=" + permission);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (key != null) {
            request.header("X-Key", key);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private Map<String, Object> problem(HttpResponse<String> response, int status) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals("application/problem+json", response.headers().firstValue("content-type").orElseThrow());
        assertEquals(0, served.get(), "the servlet must not run");
        Map<String, Object> problem = Answers.object(Json.read(response.body()));
        assertEquals((long) status, problem.get("status"));
        return problem;
    }

    @Test
    void whatIsAllowedIsServed() throws Exception {
        HttpResponse<String> response = get("ci", "prompts:view");
        assertEquals(200, response.statusCode());
        assertTrue(response.body().matches("served by b\\d+"), response.body());
        assertEquals(1, served.get());
    }

    @Test
    void aDenialIsAProblemWithItsReason() throws Exception {
        HttpResponse<String> response = get("ci", "project:delete");
        Map<String, Object> problem = problem(response, 403);
        assertEquals(problem.get("policy"), response.headers().firstValue("X-Clearance-Policy").orElseThrow());
        assertEquals("urn:clearance:problem:forbidden", problem.get("type"));
        assertEquals("owner-lacks", problem.get("reason"));
        assertEquals("ci", problem.get("key"));
        assertEquals("shop", problem.get("project"));
        assertEquals("project:delete", problem.get("permission"));
        assertTrue(((String) problem.get("policy")).startsWith("sha256:"));
        assertEquals("principal-unknown", problem(get("nobody", "prompts:view"), 403).get("reason"));
    }

    @Test
    void aRequestOfNobodyIsUnauthorized() throws Exception {
        HttpResponse<String> response = get(null, "prompts:view");
        assertEquals("urn:clearance:problem:unauthorized", problem(response, 401).get("type"));
        assertEquals("Bearer realm=\"clearance\"", response.headers().firstValue("www-authenticate").orElseThrow());
    }

    @Test
    void whereThereIsNoAnswerNothingIsServed() throws Exception {
        Map<String, Object> problem = problem(get("malformed", "prompts:view"), 503);
        assertEquals("urn:clearance:problem:fault", problem.get("type"));
        assertFalse(problem.containsKey("reason"));
        problem(get("broken", "prompts:view"), 503);
        assertEquals(200, get("ci", "prompts:view").statusCode());
    }
}
