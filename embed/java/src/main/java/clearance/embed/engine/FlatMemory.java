package clearance.embed.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.UninstantiableException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/**
 * The memory of an instance as one array. Endive's own is a table of pages, and each access looks up the page first: this one makes a
 * check a third quicker. A module with shared memory cannot use it, and no policy has one.
 */
final class FlatMemory implements Memory {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final MemoryLimits limits;
    private final boolean hasSlack;
    private DataSegment[] segments;
    private byte[] bytes;
    private int pages;

    /**
     * A memory of these limits.
     *
     * @param hasSlack whether the array may be longer than the memory, so that it is not copied whenever the memory grows. An address in between
     *     reads as 0 and does not trap, so that this is for the authorizer alone, which has no such address.
     */
    FlatMemory(MemoryLimits limits, boolean hasSlack) {
        if (limits.shared()) {
            throw new UninstantiableException("a policy has no shared memory");
        }
        this.limits = limits;
        this.hasSlack = hasSlack;
        pages = limits.initialPages();
        bytes = new byte[Memory.bytes(limits.initialPages())];
    }

    private static WasmRuntimeException outOfBounds(int address) {
        return new WasmRuntimeException("out of bounds memory access at " + Integer.toUnsignedString(address));
    }

    @Override
    public int pages() {
        return pages;
    }

    @Override
    public int grow(int more) {
        int before = pages;
        int after = before + more;
        if (more < 0 || after < before || after > maximumPages()) {
            return -1;
        }
        if (Memory.bytes(after) > bytes.length) {
            int enough = hasSlack ? Math.min(maximumPages(), Math.max(after, before + before / 2)) : after;
            bytes = Arrays.copyOf(bytes, Memory.bytes(enough));
        }
        pages = after;
        return before;
    }

    @Override
    public int initialPages() {
        return limits.initialPages();
    }

    @Override
    public int maximumPages() {
        return Math.min(limits.maximumPages(), RUNTIME_MAX_PAGES);
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    @SuppressWarnings("removal")
    public Object lock(int address) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, int expected, long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, long expected, long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("removal")
    public int notify(int address, int maxThreads) {
        return 0;
    }

    @Override
    public void initialize(Instance instance, DataSegment[] dataSegments) {
        segments = dataSegments;
        for (DataSegment segment : dataSegments) {
            if (segment instanceof ActiveDataSegment active) {
                int at = (int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0];
                if (at < 0 || at > bytes.length - active.data().length) {
                    throw new UninstantiableException("out of bounds memory access");
                }
                System.arraycopy(active.data(), 0, bytes, at, active.data().length);
            }
        }
    }

    @Override
    public void initPassiveSegment(int segment, int to, int from, int size) {
        write(to, segments[segment].data(), from, size);
    }

    @Override
    public void drop(int segment) {
        segments[segment] = PassiveDataSegment.EMPTY;
    }

    @Override
    public void write(int address, byte[] data, int from, int size) {
        move(data, from, bytes, address, size, address);
    }

    @Override
    public byte[] readBytes(int address, int size) {
        if (size < 0 || address < 0 || address > bytes.length - size) {
            throw outOfBounds(address);
        }
        return Arrays.copyOfRange(bytes, address, address + size);
    }

    @Override
    public void copy(int to, int from, int size) {
        move(bytes, from, bytes, to, size, to);
    }

    private static void move(byte[] source, int from, byte[] target, int to, int size, int address) {
        try {
            System.arraycopy(source, from, target, to, size);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public void fill(byte value, int from, int to) {
        if (from < 0 || to < from || to > bytes.length) {
            throw outOfBounds(from);
        }
        Arrays.fill(bytes, from, to, value);
    }

    @Override
    public void zero() {
        Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public byte read(int address) {
        try {
            return bytes[address];
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public void writeByte(int address, byte value) {
        try {
            bytes[address] = value;
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public short readShort(int address) {
        try {
            return (short) SHORTS.get(bytes, address);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public void writeShort(int address, short value) {
        try {
            SHORTS.set(bytes, address, value);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public long readU16(int address) {
        return readShort(address) & 0xffff;
    }

    @Override
    public int readInt(int address) {
        try {
            return (int) INTS.get(bytes, address);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public void writeI32(int address, int value) {
        try {
            INTS.set(bytes, address, value);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public long readLong(int address) {
        try {
            return (long) LONGS.get(bytes, address);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public void writeLong(int address, long value) {
        try {
            LONGS.set(bytes, address, value);
        } catch (IndexOutOfBoundsException error) {
            throw outOfBounds(address);
        }
    }

    @Override
    public long readF32(int address) {
        return readInt(address);
    }

    @Override
    public float readFloat(int address) {
        return Float.intBitsToFloat(readInt(address));
    }

    @Override
    public void writeF32(int address, float value) {
        writeI32(address, Float.floatToRawIntBits(value));
    }

    @Override
    public long readF64(int address) {
        return readLong(address);
    }

    @Override
    public double readDouble(int address) {
        return Double.longBitsToDouble(readLong(address));
    }

    @Override
    public void writeF64(int address, double value) {
        writeLong(address, Double.doubleToRawLongBits(value));
    }
}
