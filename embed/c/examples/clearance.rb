# Clearance for Ruby, by Fiddle. `CLEARANCE_LIBRARY` names the library.

require "fiddle"
require "json"

class Clearance
  # A call was not answered. This is never a denial: refuse, and look for the cause.
  class Error < StandardError
    attr_reader :code, :field, :index

    def initialize(code, message, field, index)
      super(message)
      @code, @field, @index = code, field, index
    end
  end

  Decision = Struct.new(:allow, :reason, :binding, :policy)

  LIBRARY = Fiddle.dlopen(ENV.fetch("CLEARANCE_LIBRARY"))
  POINTER, SIZE, INT, LONG, VOID = Fiddle::TYPE_VOIDP, Fiddle::TYPE_SIZE_T, Fiddle::TYPE_INT, Fiddle::TYPE_LONG_LONG, Fiddle::TYPE_VOID
  TEXT = [POINTER, SIZE].freeze

  def self.function(name, arguments, result = INT) = Fiddle::Function.new(LIBRARY["clearance_#{name}"], arguments, result)

  NOW = function("now", [], LONG)
  LOAD = function("load", [*TEXT, POINTER, POINTER, POINTER])
  FREE = function("free", [POINTER], VOID)
  CHECK = function("check", [POINTER, INT, *TEXT, *TEXT, INT, *TEXT, LONG, POINTER, POINTER])
  ASK = function("ask", [POINTER, *TEXT, LONG, POINTER, POINTER])
  ANSWER_FREE = function("answer_free", [POINTER], VOID)
  APPLY = function("apply", [POINTER, *TEXT, POINTER])

  # The bytes of the structures, and what is where: see clearance.h.
  ERROR_BYTES, DECISION_BYTES, ANSWER_BYTES, POINTER_BYTES = 32 + 1024 + 256 + 8, 1 + 32 + 256 + 80, 16, 8
  PRINCIPALS = { user: 0, key: 1, project_key: 2 }.freeze
  PLACES = { organization: 0, team: 1, project: 2 }.freeze

  def initialize(directory)
    out = Fiddle::Pointer.malloc(POINTER_BYTES, Fiddle::RUBY_FREE)
    call(LOAD, *text(directory), nil, out)
    @authorizer = Fiddle::Pointer.new(out[0, POINTER_BYTES].unpack1("J"), 0, FREE)
  end

  # `check({key: "ci"}, "prompts:view", {project: "shop"})`
  def check(principal, permission, place, now = NOW.call)
    out = Fiddle::Pointer.malloc(DECISION_BYTES, Fiddle::RUBY_FREE)
    call(CHECK, @authorizer, *named(principal, PRINCIPALS), *text(permission), *named(place, PLACES), now, out)
    allow, reason, binding, policy = out[0, DECISION_BYTES].unpack("CZ32Z256Z80")
    Decision.new(allow == 1, reason, binding.empty? ? nil : binding, policy)
  end

  # Any request of the module, as a hash.
  def ask(request, now = NOW.call)
    out = Fiddle::Pointer.malloc(ANSWER_BYTES, Fiddle::RUBY_FREE)
    call(ASK, @authorizer, *text(JSON.generate(request)), now, out)
    data, length = out[0, ANSWER_BYTES].unpack("JJ")
    JSON.parse(Fiddle::Pointer.new(data)[0, length].force_encoding(Encoding::UTF_8))
  ensure
    ANSWER_FREE.call(out)
  end

  def apply(changes) = call(APPLY, @authorizer, *text(JSON.generate(changes)))

  private

  def call(function, *arguments)
    error = Fiddle::Pointer.malloc(ERROR_BYTES, Fiddle::RUBY_FREE)
    return if function.call(*arguments, error) == 0

    code, message, field, index = error[0, ERROR_BYTES].unpack("Z32Z1024Z256q")
    raise Error.new(code, message.force_encoding(Encoding::UTF_8), field.empty? ? nil : field, index < 0 ? nil : index)
  end

  def text(value)
    raise Error.new("malformed", "#{value.inspect} must be a string", nil, nil) unless value.is_a?(String)

    [value, value.bytesize]
  end

  def named(name, kinds)
    kind, id = name.is_a?(Hash) && name.size == 1 ? name.first : nil
    raise Error.new("malformed", "#{name.inspect} must have one of #{kinds.keys.join(", ")}", nil, nil) unless kinds.key?(kind)

    [kinds[kind], *text(id)]
  end
end
