package clearance.embed.engine;

import clearance.embed.wasm.AuthorizerMachine;
import clearance.embed.wasm.PolicyMachine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import run.endive.wasm.WasmModule;

/** The two modules that are part of this package, compiled when it was built. Not part of the API. */
public final class Bundled {
    private Bundled() {}

    /** The authorizer. */
    public static Code authorizer() {
        return Authorizer.CODE;
    }

    /** The core module of the default policy. */
    public static Code policy() {
        return Policy.CODE;
    }

    /** What the authorizer answered when it opened the component of the default policy. */
    public static String policyInfo() {
        return Policy.INFO;
    }

    private static final class Authorizer {
        static final Code CODE = new Code(parse("authorizer.meta"), AuthorizerMachine::new, true);
    }

    private static final class Policy {
        static final Code CODE = new Code(parse("policy.meta"), PolicyMachine::new, false);
        static final String INFO = new String(read("policy.json"), StandardCharsets.UTF_8);
    }

    private static WasmModule parse(String name) {
        return Bodiless.parse(new ByteArrayInputStream(read(name)));
    }

    private static byte[] read(String name) {
        try (InputStream in = AuthorizerMachine.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the package lacks `" + name + "`: build it with Maven");
            }
            return in.readAllBytes();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
