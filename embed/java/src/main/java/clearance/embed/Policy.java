package clearance.embed;

import clearance.embed.engine.Bundled;
import clearance.embed.engine.Code;
import java.util.Arrays;

/**
 * A policy: a component that {@code clearance policy build} wrote, and its signature by minisign.
 *
 * <p>A policy is compiled once, however many authorizers take it, as long as they take the same object.
 */
public final class Policy {
    private static final Policy BUILT_IN = new Policy(new byte[0], null);

    private final byte[] component;
    private final String signature;
    private Code code;

    private Policy(byte[] component, String signature) {
        this.component = component;
        this.signature = signature;
    }

    /** The default policy, which is part of this package and as trustworthy as the rest of it. */
    public static Policy builtIn() {
        return BUILT_IN;
    }

    /** A policy that nobody signed. It is refused unless unsigned policies are allowed. */
    public static Policy unsigned(byte[] component) {
        return new Policy(Arguments.present(component, "component", "the bytes of a component").clone(), null);
    }

    /** A policy, and the text of its {@code .minisig} file. */
    public static Policy signed(byte[] component, String signature) {
        return new Policy(
            Arguments.present(component, "component", "the bytes of a component").clone(),
            Arguments.present(signature, "signature", "the text of a signature"));
    }

    /** A component that can be started: what the authorizer says of it, and its core module. */
    record Opened(String info, String digest, byte[] core) {}

    /**
     * Takes the component apart. An instance of the authorizer that holds no data does it, so that nobody waits meanwhile, and nothing is lost
     * whatever the bytes are.
     */
    Opened open(Trust trust) {
        if (this == BUILT_IN) {
            return openBuiltIn();
        }
        byte[] options = trust.with(signature);
        byte[] input = Arrays.copyOf(component, component.length + options.length);
        System.arraycopy(options, 0, input, component.length, options.length);
        AuthorizerModule module;
        int word;
        try {
            module = new AuthorizerModule(number -> null);
            module.write(input);
            word = module.openComponent(options.length);
        } catch (Throwable cause) {
            throw new ClearanceException("invalid", "this component cannot be read: " + cause.getMessage(), null, -1, cause);
        }
        if ((word & AuthorizerModule.FAILED) != 0) {
            throw Answers.failure(module.text(), null);
        }
        String info = module.text();
        return new Opened(info, Answers.digest(info), module.core());
    }

    /** What opening the built-in policy answered when this package was built. */
    private static Opened openBuiltIn() {
        String info = Bundled.policyInfo();
        return new Opened(info, Answers.digest(info), new byte[0]);
    }

    /** The code of the core module. */
    synchronized Code compile(Opened opened) {
        if (code == null) {
            boolean isBundled = this == BUILT_IN || opened.digest().equals(openBuiltIn().digest());
            code = isBundled ? Bundled.policy() : Code.compile(opened.core());
        }
        return code;
    }
}
