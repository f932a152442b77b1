<?php
// Clearance for PHP, by FFI. `CLEARANCE_LIBRARY` names the library, and `CLEARANCE_DECLARATIONS` the header without its directives.

declare(strict_types=1);

/** A call was not answered. This is never a denial: refuse, and look for the cause. */
final class ClearanceError extends Exception
{
    public function __construct(public readonly string $word, string $message, public readonly ?string $field, public readonly ?int $index)
    {
        parent::__construct($message);
    }
}

final class Clearance
{
    private const PRINCIPALS = ['user' => 0, 'key' => 1, 'projectKey' => 2];
    private const PLACES = ['organization' => 0, 'team' => 1, 'project' => 2];

    private FFI $library;
    private ?FFI\CData $authorizer = null;

    public function __construct(string $directory)
    {
        $this->library = FFI::cdef(file_get_contents(getenv('CLEARANCE_DECLARATIONS')), getenv('CLEARANCE_LIBRARY'));
        $out = $this->library->new('clearance_authorizer *');
        $this->call('load', $directory, strlen($directory), null, FFI::addr($out));
        $this->authorizer = $out;
    }

    public function __destruct()
    {
        if ($this->authorizer !== null) {
            $this->library->clearance_free($this->authorizer);
        }
    }

    /** `check(['key' => 'ci'], 'prompts:view', ['project' => 'shop'])` */
    public function check(array $principal, string $permission, array $place, ?int $now = null): array
    {
        $out = $this->library->new('clearance_decision');
        [$who, $id] = self::named($principal, self::PRINCIPALS);
        [$where, $at] = self::named($place, self::PLACES);
        $question = [$who, $id, strlen($id), $permission, strlen($permission), $where, $at, strlen($at), $now ?? $this->now(), FFI::addr($out)];
        $this->call('check', $this->authorizer, ...$question);
        $binding = FFI::string($out->binding);
        return [
            'allow' => $out->allow === 1,
            'reason' => FFI::string($out->reason),
            'binding' => $binding === '' ? null : $binding,
            'policy' => FFI::string($out->policy),
        ];
    }

    /** Any request of the module, as an array. */
    public function ask(array $request, ?int $now = null): array
    {
        $out = $this->library->new('clearance_answer');
        $text = json_encode($request, JSON_THROW_ON_ERROR | JSON_FORCE_OBJECT);
        $this->call('ask', $this->authorizer, $text, strlen($text), $now ?? $this->now(), FFI::addr($out));
        try {
            return json_decode(FFI::string($out->data, $out->length), true, 512, JSON_THROW_ON_ERROR);
        } finally {
            $this->library->clearance_answer_free(FFI::addr($out));
        }
    }

    public function apply(array $changes): void
    {
        $text = json_encode($changes, JSON_THROW_ON_ERROR);
        $this->call('apply', $this->authorizer, $text, strlen($text));
    }

    private function now(): int
    {
        return $this->library->clearance_now();
    }

    private function call(string $function, mixed ...$arguments): void
    {
        $error = $this->library->new('clearance_error');
        if ($this->library->{"clearance_$function"}(...[...$arguments, FFI::addr($error)]) !== 0) {
            $field = FFI::string($error->field);
            $index = $error->index < 0 ? null : $error->index;
            throw new ClearanceError(FFI::string($error->code), FFI::string($error->message), $field === '' ? null : $field, $index);
        }
    }

    private static function named(array $name, array $kinds): array
    {
        $kind = array_key_first($name);
        if (count($name) !== 1 || !array_key_exists($kind, $kinds) || !is_string($name[$kind])) {
            throw new ClearanceError('malformed', 'exactly one of ' . implode(', ', array_keys($kinds)) . ' must name an id', null, null);
        }
        return [$kinds[$kind], $name[$kind]];
    }
}
