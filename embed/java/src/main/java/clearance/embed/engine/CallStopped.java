package clearance.embed.engine;

/** A call used up its time. Not part of the API. */
public final class CallStopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What the authorizer is told of it. */
    public final int status;

    CallStopped(int status) {
        super("the policy was stopped: it used up its time");
        this.status = status;
    }
}
