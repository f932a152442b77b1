package clearance.embed;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.BiConsumer;

/**
 * The strict policy, which does something wrong when it is asked about one moment, and answers as it should at any other.
 *
 * <p>A function in front of its {@code call} looks at the time in the question.
 */
final class BrokenPolicy {
    /** When it breaks. */
    static final Instant MOMENT = Instant.parse("2027-01-01T00:00:00Z");

    private static final String CALL = "clearance:policy/wire@0.1.0#call";
    private static final int TYPE = 1;
    private static final int FUNCTION = 3;
    private static final int EXPORT = 7;
    private static final int CODE = 10;

    private BrokenPolicy() {}

    /** Loops until somebody stops it. */
    static Policy thatLoops() {
        return with(self -> code(0x03, 0x40, 0x0c, 0, 0x0b));
    }

    /** Calls and calls, sixty-four deep, without any loop: each level takes twice the time of the one below. */
    static Policy thatBranches() {
        return with(self -> join(code(0x41, 0xc0, 0, 0x41, 0, 0x10), number(self + 1), code(0x0f)));
    }

    static Policy thatTraps() {
        return with(self -> code(0x00));
    }

    /** Takes all memory that it gets, and traps. */
    static Policy thatEatsMemory() {
        return with(self -> code(0x03, 0x40, 0x41, 0x10, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b, 0x00));
    }

    /** Calls itself without end. */
    static Policy thatRecurses() {
        return with(self -> join(call(self), code(0x0f)));
    }

    /** Answers with an address outside of its memory. */
    static Policy thatPointsOutside() {
        return with(self -> code(0x41, 0x7f, 0x0f));
    }

    /** Answers with bytes that are no answer: zeros, at the beginning of its memory. */
    static Policy thatAnswersNonsense() {
        return with(self -> code(0x41, 0, 0x0f));
    }

    private interface Body {
        byte[] of(int self);
    }

    private static byte[] code(int... bytes) {
        byte[] code = new byte[bytes.length];
        for (int index = 0; index < bytes.length; index++) {
            code[index] = (byte) bytes[index];
        }
        return code;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Calls a function with the two parameters of this one. */
    private static byte[] call(int function) {
        return join(code(0x20, 0, 0x20, 1, 0x10), number(function));
    }

    private static Policy with(Body broken) {
        byte[] component = Repository.bytes("policy/dist/strict.wasm");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(component, 0, 8);
        sections(component, 8, (id, section) -> section(out, id, id == TYPE ? broken(section, broken) : section));
        return Policy.unsigned(out.toByteArray());
    }

    private static byte[] broken(byte[] module, Body broken) {
        int[] original = {-1, -1, -1};
        sections(module, 8, (id, section) -> {
            if (id == FUNCTION) {
                original[1] = new Cursor(section).number();
            } else if (id == EXPORT) {
                original[0] = exported(section);
            }
        });
        sections(module, 8, (id, section) -> {
            if (id == FUNCTION) {
                Cursor cursor = new Cursor(section);
                cursor.number();
                for (int index = 0; index <= original[0]; index++) {
                    original[2] = cursor.number();
                }
            }
        });
        int self = original[1];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(module, 0, 8);
        sections(module, 8, (id, section) -> section(out, id, switch (id) {
            case FUNCTION -> appended(appended(section, number(original[2])), number(original[2]));
            case CODE -> appended(appended(section, body(original[0], broken.of(self))), branches(self + 1));
            case EXPORT -> redirected(section, self);
            default -> section;
        }));
        return out.toByteArray();
    }

    /** Breaks if the second word of the facts is {@link #MOMENT}: they begin with the second word of this question, or with the third. */
    private static byte[] body(int original, byte[] broken) {
        byte[] guarded = join(
            code(0), isMoment(16), isMoment(24), code(0x72, 0x04, 0x40), broken, code(0x0b), call(original), code(0x0b));
        return join(number(guarded.length), guarded);
    }

    /** Calls itself twice with one less, down to 0. */
    private static byte[] branches(int self) {
        byte[] again = join(code(0x20, 0, 0x41, 1, 0x6b, 0x20, 1, 0x10), number(self));
        byte[] body = join(code(0, 0x20, 0, 0x45, 0x04, 0x40, 0x41, 0, 0x0f, 0x0b), again, code(0x1a), again, code(0x0b));
        return join(number(body.length), body);
    }

    /** Whether there is a word at this offset, and it is the moment. */
    private static byte[] isMoment(int offset) {
        return join(
            code(0x20, 1, 0x41, offset + 8, 0x4f, 0x04, 0x7f, 0x20, 0, 0x29, 3, offset, 0x42), signed(MOMENT.toEpochMilli()),
            code(0x51, 0x05, 0x41, 0, 0x0b));
    }

    private static byte[] appended(byte[] section, byte[] item) {
        Cursor cursor = new Cursor(section);
        int count = cursor.number();
        return join(number(count + 1), cursor.rest(), item);
    }

    private static int exported(byte[] section) {
        int[] found = {-1};
        exports(section, (name, index) -> found[0] = name.equals(CALL) ? index : found[0]);
        return found[0];
    }

    private static void exports(byte[] section, BiConsumer<String, Integer> take) {
        Cursor cursor = new Cursor(section);
        for (int left = cursor.number(); left > 0; left--) {
            String name = new String(cursor.take(cursor.number()), StandardCharsets.UTF_8);
            cursor.number();
            take.accept(name, cursor.number());
        }
    }

    private static byte[] redirected(byte[] section, int self) {
        Cursor cursor = new Cursor(section);
        int count = cursor.number();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(number(count));
        for (int left = count; left > 0; left--) {
            byte[] name = cursor.take(cursor.number());
            int kind = cursor.number();
            int index = cursor.number();
            boolean isCall = new String(name, StandardCharsets.UTF_8).equals(CALL);
            out.writeBytes(join(number(name.length), name, number(kind), number(isCall ? self : index)));
        }
        return out.toByteArray();
    }

    private static void sections(byte[] bytes, int at, BiConsumer<Integer, byte[]> take) {
        Cursor cursor = new Cursor(bytes);
        cursor.take(at);
        while (cursor.at < bytes.length) {
            int id = cursor.number();
            take.accept(id, cursor.take(cursor.number()));
        }
    }

    private static void section(ByteArrayOutputStream out, int id, byte[] content) {
        out.writeBytes(join(number(id), number(content.length), content));
    }

    private static byte[] number(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int rest = value; ; rest >>>= 7) {
            if (rest < 0x80) {
                out.write(rest);
                return out.toByteArray();
            }
            out.write(rest & 0x7f | 0x80);
        }
    }

    private static byte[] signed(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (long rest = value; ; rest >>= 7) {
            if (rest >= -64 && rest < 64) {
                out.write((int) rest & 0x7f);
                return out.toByteArray();
            }
            out.write((int) rest & 0x7f | 0x80);
        }
    }

    private static final class Cursor {
        private final byte[] bytes;
        private int at;

        Cursor(byte[] bytes) {
            this.bytes = bytes;
        }

        int number() {
            int value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = bytes[at++];
                value |= (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
        }

        byte[] take(int length) {
            byte[] taken = java.util.Arrays.copyOfRange(bytes, at, at + length);
            at += length;
            return taken;
        }

        byte[] rest() {
            return take(bytes.length - at);
        }
    }
}
