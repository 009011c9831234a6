;; Arrays of numbers, 64 bytes a step: are the brackets and commas right, how many values are inside, where is the end?
;; A mask is an i64 with one bit for each byte of a step, the first byte lowest. What holds at the end of a step reaches the
;; next one, of this call or the next call, as one bit (0 or 1).
;; Numbers are not checked beyond their bytes: 0-9 + - . e E. Any other byte that stands inside the array ends the pass.
;; Two kinds of steps: `run` passes over those of plain data and stops at all else, which the careful steps of `scan` read.
(module
  (memory (export "memory") 1 1) ;; one page, filled by the caller; it never grows

  (global $more i32 (i32.const 0)) ;; nothing wrong up to the position returned: load what follows, and call again
  (global $ended i32 (i32.const 1)) ;; the position is behind the bracket that closes the array
  (global $reached i32 (i32.const 2)) ;; the position is the first byte of the value directly inside, that `target` others precede
  (global $strange i32 (i32.const 3)) ;; malformed, too deep, or not of numbers

  (global $outcome (export "outcome") (mut i32) (i32.const 0))
  (global $elements (export "elements") (mut i32) (i32.const 0)) ;; values directly inside, so far
  (global $leaves (export "leaves") (mut i32) (i32.const 0)) ;; numbers at any level; not meant for after $reached
  (global $level (mut i32) (i32.const 0)) ;; brackets open
  (global $deepest (export "deepest") (mut i32) (i32.const 0))
  (global $maxLevels (mut i32) (i32.const 0))
  (global $blanks (export "blanks") (mut i64) (i64.const 0)) ;; not 0: white space was seen
  (global $wanting (mut i64) (i64.const 0)) ;; the last byte that is not white space was [ or a comma
  (global $separated (mut i64) (i64.const 0)) ;; it was a comma
  (global $inToken (mut i64) (i64.const 0)) ;; the last byte belongs to a number

  (func (export "begin") (param $maxLevels i32)
    (global.set $elements (i32.const 0))
    (global.set $leaves (i32.const 0))
    (global.set $level (i32.const 0))
    (global.set $deepest (i32.const 0))
    (global.set $maxLevels (local.get $maxLevels))
    (global.set $blanks (i64.const 0))
    (global.set $wanting (i64.const 1))
    (global.set $separated (i64.const 0))
    (global.set $inToken (i64.const 0)))

  ;; One bit for each byte whose highest bit is set.
  (func $mask (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result i64)
    (i64.or
      (i64.extend_i32_u (i32.or (i8x16.bitmask (local.get $a)) (i32.shl (i8x16.bitmask (local.get $b)) (i32.const 16))))
      (i64.shl
        (i64.extend_i32_u (i32.or (i8x16.bitmask (local.get $c)) (i32.shl (i8x16.bitmask (local.get $d)) (i32.const 16))))
        (i64.const 32))))

  (func $equal (param $a v128) (param $b v128) (param $c v128) (param $d v128) (param $byte v128) (result i64)
    (call $mask
      (i8x16.eq (local.get $a) (local.get $byte)) (i8x16.eq (local.get $b) (local.get $byte))
      (i8x16.eq (local.get $c) (local.get $byte)) (i8x16.eq (local.get $d) (local.get $byte))))

  ;; The kinds of 16 bytes, of which each has one at the most: 1, 2 white space; 4 comma; 8, 16, 128 of a number; 32 [; 64 ].
  ;; A kind stands in the row of the byte's low half and in that of its high half. Behind $bytes: constants of `scan`.
  (func $kinds (param $bytes v128) (param $lows v128) (param $highs v128) (param $half v128) (result v128)
    (v128.and
      (i8x16.swizzle (local.get $lows) (v128.and (local.get $bytes) (local.get $half)))
      (i8x16.swizzle (local.get $highs) (i8x16.shr_u (local.get $bytes) (i32.const 4)))))

  ;; Not 0 for each byte that is a comma or of a number. Behind $bytes: constants of `run`.
  (func $plain (param $bytes v128) (param $table v128) (param $plus v128) (param $blank v128) (param $e v128)
    (result v128)
    (v128.or
      (i8x16.swizzle (local.get $table) (i8x16.sub (local.get $bytes) (local.get $plus)))
      (i8x16.eq (v128.or (local.get $bytes) (local.get $blank)) (local.get $e))))

  (func $allSet (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result i32)
    (i8x16.all_true
      (i8x16.min_u (i8x16.min_u (local.get $a) (local.get $b)) (i8x16.min_u (local.get $c) (local.get $d)))))

  ;; Nearly all steps of a large array: numbers and commas, and behind a comma at the most one blank. Passes over those from
  ;; $at on and returns where it stopped: what stands there is for a careful step.
  (func $run (param $at i32) (param $to i32) (param $target i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $ka v128) (local $kb v128) (local $kc v128) (local $kd v128)
    (local $table v128) (local $plus v128) (local $comma v128) (local $blank v128) (local $e v128)
    (local $commas i64) (local $spaces i64) (local $wants i64) (local $blanks i64)
    (local $wanting i64) (local $last i64) (local $values i64) (local $next i64) (local $room i64) (local $from i32)
    (local.set $from (local.get $at))
    (local.set $wanting (global.get $wanting))
    (if (i64.eqz (i64.or (local.get $wanting) (global.get $inToken))) (then (return (local.get $at))))
    (local.set $room (i64.const 0x7fffffff))
    (if (i32.eq (global.get $level) (i32.const 1))
      (then (local.set $room (i64.extend_i32_s (i32.sub (local.get $target) (global.get $elements))))))
    ;; In locals, since V8 makes the constants of a loop anew in each turn, which halves the speed.
    (local.set $table (v128.const i8x16 1 1 1 1 0 1 1 1 1 1 1 1 1 1 1 0)) ;; + , - . 0-9; bytes further from the + give 0
    (local.set $plus (v128.const i32x4 0x2b2b2b2b 0x2b2b2b2b 0x2b2b2b2b 0x2b2b2b2b))
    (local.set $comma (v128.const i32x4 0x2c2c2c2c 0x2c2c2c2c 0x2c2c2c2c 0x2c2c2c2c))
    (local.set $blank (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
    (local.set $e (v128.const i32x4 0x65656565 0x65656565 0x65656565 0x65656565))
    (block $stop
      (loop $step
        (br_if $stop (i32.gt_s (i32.add (local.get $at) (i32.const 64)) (local.get $to)))
        (local.set $a (v128.load offset=0 (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))
        (local.set $ka
          (call $plain (local.get $a) (local.get $table) (local.get $plus) (local.get $blank) (local.get $e)))
        (local.set $kb
          (call $plain (local.get $b) (local.get $table) (local.get $plus) (local.get $blank) (local.get $e)))
        (local.set $kc
          (call $plain (local.get $c) (local.get $table) (local.get $plus) (local.get $blank) (local.get $e)))
        (local.set $kd
          (call $plain (local.get $d) (local.get $table) (local.get $plus) (local.get $blank) (local.get $e)))
        (local.set $commas
          (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d) (local.get $comma)))
        (local.set $spaces (i64.const 0))
        (if (i32.eqz (call $allSet (local.get $ka) (local.get $kb) (local.get $kc) (local.get $kd)))
          (then
            (local.set $a (i8x16.eq (local.get $a) (local.get $blank)))
            (local.set $b (i8x16.eq (local.get $b) (local.get $blank)))
            (local.set $c (i8x16.eq (local.get $c) (local.get $blank)))
            (local.set $d (i8x16.eq (local.get $d) (local.get $blank)))
            (br_if $stop
              (i32.eqz
                (call $allSet
                  (v128.or (local.get $a) (local.get $ka)) (v128.or (local.get $b) (local.get $kb))
                  (v128.or (local.get $c) (local.get $kc)) (v128.or (local.get $d) (local.get $kd)))))
            (local.set $spaces (call $mask (local.get $a) (local.get $b) (local.get $c) (local.get $d)))
            ;; A blank wants a comma before it.
            (br_if $stop
              (i64.ne (i64.const 0)
                (i64.and (local.get $spaces)
                  (i64.xor (i64.const -1)
                    (i64.or (i64.shl (local.get $commas) (i64.const 1)) (local.get $wanting))))))))
        ;; A comma wants a number before it.
        (local.set $wants (i64.or (local.get $commas) (local.get $spaces)))
        (br_if $stop
          (i64.ne (i64.const 0)
            (i64.and (local.get $commas)
              (i64.or (i64.shl (local.get $wants) (i64.const 1)) (local.get $wanting)))))
        ;; As many numbers begin as there are commas, but for those that the step begins or ends behind.
        (local.set $last (i64.shr_u (local.get $wants) (i64.const 63)))
        (local.set $next
          (i64.sub
            (i64.add (local.get $values) (i64.add (i64.popcnt (local.get $commas)) (local.get $wanting)))
            (local.get $last)))
        (br_if $stop (i64.gt_s (local.get $next) (local.get $room)))
        (local.set $values (local.get $next))
        (local.set $blanks (i64.or (local.get $blanks) (local.get $spaces)))
        (local.set $wanting (local.get $last))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $step)))
    (if (i32.eq (local.get $at) (local.get $from)) (then (return (local.get $at))))
    (global.set $leaves (i32.add (global.get $leaves) (i32.wrap_i64 (local.get $values))))
    (if (i32.eq (global.get $level) (i32.const 1))
      (then (global.set $elements (i32.add (global.get $elements) (i32.wrap_i64 (local.get $values))))))
    (global.set $blanks (i64.or (global.get $blanks) (local.get $blanks)))
    (global.set $wanting (local.get $wanting))
    (global.set $separated (local.get $wanting))
    (global.set $inToken (i64.xor (local.get $wanting) (i64.const 1)))
    (local.get $at))

  ;; Reads whole steps of [at, to) and returns where it stopped.
  (func (export "scan") (param $at i32) (param $to i32) (param $target i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $ka v128) (local $kb v128) (local $kc v128) (local $kd v128) (local $any v128)
    (local $opens i64) (local $closes i64) (local $commas i64) (local $spaces i64) (local $strange i64)
    (local $tokens i64) (local $starts i64) (local $wants i64) (local $behind i64) (local $sum i64)
    (local $wrong i64) (local $rest i64) (local $brackets i64) (local $lowest i64) (local $segment i64)
    (local $here i64) (local $count i32) (local $clear i32) (local $ran i32)
    (local $lows v128) (local $highs v128) (local $half v128) (local $comma v128)
    (local $open v128) (local $close v128) (local $blank v128) (local $unusual v128)
    ;; As in `run`.
    (local.set $lows (v128.const i8x16 17 16 16 16 16 144 16 16 16 18 2 40 4 74 8 0))
    (local.set $highs (v128.const i8x16 2 0 13 16 128 96 128 0 0 0 0 0 0 0 0 0))
    (local.set $half (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f))
    (local.set $comma (v128.const i32x4 0x2c2c2c2c 0x2c2c2c2c 0x2c2c2c2c 0x2c2c2c2c))
    (local.set $open (v128.const i32x4 0x5b5b5b5b 0x5b5b5b5b 0x5b5b5b5b 0x5b5b5b5b))
    (local.set $close (v128.const i32x4 0x5d5d5d5d 0x5d5d5d5d 0x5d5d5d5d 0x5d5d5d5d))
    (local.set $blank (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
    (local.set $unusual (v128.const i32x4 0x62626262 0x62626262 0x62626262 0x62626262))
    (block $stop
      (loop $step
        (global.set $outcome (global.get $more))
        (br_if $stop (i32.gt_s (i32.add (local.get $at) (i32.const 64)) (local.get $to)))
        (local.set $a (v128.load offset=0 (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))
        (local.set $ka (call $kinds (local.get $a) (local.get $lows) (local.get $highs) (local.get $half)))
        (local.set $kb (call $kinds (local.get $b) (local.get $lows) (local.get $highs) (local.get $half)))
        (local.set $kc (call $kinds (local.get $c) (local.get $lows) (local.get $highs) (local.get $half)))
        (local.set $kd (call $kinds (local.get $d) (local.get $lows) (local.get $highs) (local.get $half)))
        (local.set $any
          (v128.or (v128.or (local.get $ka) (local.get $kb)) (v128.or (local.get $kc) (local.get $kd))))
        (if
          (i32.eqz
            (v128.any_true
              (v128.and (local.get $any) (local.get $unusual))))
          (then ;; no bracket and no end of a line: it may be plain
            (local.set $ran (call $run (local.get $at) (local.get $to) (local.get $target)))
            (if (i32.ne (local.get $ran) (local.get $at))
              (then
                (local.set $at (local.get $ran))
                (br $step)))))
        (local.set $clear
          (i8x16.all_true
            (i8x16.min_u
              (i8x16.min_u (local.get $ka) (local.get $kb)) (i8x16.min_u (local.get $kc) (local.get $kd)))))
        (local.set $commas
          (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d)
            (local.get $comma)))
        (local.set $strange (i64.const 0))
        (if (i32.eqz (local.get $clear))
          (then
            (local.set $strange
              (call $equal (local.get $ka) (local.get $kb) (local.get $kc) (local.get $kd) (v128.const i64x2 0 0)))))
        (local.set $spaces (i64.const 0))
        (if (v128.any_true (v128.and (local.get $any) (v128.const i32x4 0x03030303 0x03030303 0x03030303 0x03030303)))
          (then ;; bytes up to 0x20 are white space or strange
            (local.set $spaces
              (call $mask
                (i8x16.le_u (local.get $a) (local.get $blank))
                (i8x16.le_u (local.get $b) (local.get $blank))
                (i8x16.le_u (local.get $c) (local.get $blank))
                (i8x16.le_u (local.get $d) (local.get $blank))))))
        (local.set $opens (i64.const 0))
        (local.set $closes (i64.const 0))
        (if (v128.any_true (v128.and (local.get $any) (v128.const i32x4 0x60606060 0x60606060 0x60606060 0x60606060)))
          (then
            (local.set $opens
              (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d)
                (local.get $open)))
            (local.set $closes
              (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d)
                (local.get $close)))))

        ;; Where a number begins, and which bytes stand behind a [ or a comma with nothing but white space between:
        ;; an addition carries a bit through the run of white space that it stands before.
        (local.set $brackets (i64.or (local.get $opens) (local.get $closes)))
        (local.set $tokens
          (i64.xor (i64.const -1) (i64.or (local.get $brackets) (i64.or (local.get $commas) (local.get $spaces)))))
        (local.set $starts
          (i64.and (local.get $tokens)
            (i64.xor (i64.const -1) (i64.or (i64.shl (local.get $tokens) (i64.const 1)) (global.get $inToken)))))
        (global.set $inToken (i64.shr_u (local.get $tokens) (i64.const 63)))

        (local.set $wants (i64.or (local.get $opens) (local.get $commas)))
        (local.set $behind (i64.or (i64.shl (local.get $wants) (i64.const 1)) (global.get $wanting)))
        (local.set $sum (i64.add (local.get $spaces) (i64.and (local.get $behind) (local.get $spaces))))
        (local.set $behind (i64.or (local.get $behind) (local.get $sum)))
        (global.set $wanting
          (i64.shr_u
            (i64.or (local.get $wants) (i64.and (local.get $spaces) (i64.xor (local.get $sum) (i64.const -1))))
            (i64.const 63)))
        ;; A comma wants a value before it; a value wants a [ or a comma.
        (local.set $wrong
          (i64.or
            (i64.and (local.get $commas) (local.get $behind))
            (i64.and (i64.or (local.get $opens) (local.get $starts)) (i64.xor (local.get $behind) (i64.const -1)))))

        (local.set $behind (i64.or (i64.shl (local.get $commas) (i64.const 1)) (global.get $separated)))
        (local.set $sum (i64.add (local.get $spaces) (i64.and (local.get $behind) (local.get $spaces))))
        (global.set $separated
          (i64.shr_u
            (i64.or (local.get $commas) (i64.and (local.get $spaces) (i64.xor (local.get $sum) (i64.const -1))))
            (i64.const 63)))
        ;; A ] wants no comma before it.
        (local.set $wrong
          (i64.or (local.get $wrong)
            (i64.and (local.get $closes) (i64.or (local.get $behind) (local.get $sum)))))

        ;; From bracket to bracket. `rest` are the bytes not yet looked at, `here` the bit of the byte that ends the pass.
        (local.set $rest (i64.const -1))
        (local.set $here (i64.const 0))
        (block $walked
          (loop $bracket
            (local.set $lowest (i64.and (local.get $brackets) (i64.sub (i64.const 0) (local.get $brackets))))
            (local.set $segment (i64.and (local.get $rest) (i64.sub (local.get $lowest) (i64.const 1))))
            (if (i32.eq (global.get $level) (i32.const 1))
              (then
                (local.set $segment
                  (i64.or
                    (i64.and (local.get $segment) (local.get $starts))
                    (i64.and (local.get $lowest) (local.get $opens))))
                (local.set $count (i32.wrap_i64 (i64.popcnt (local.get $segment))))
                (if (i32.gt_s (i32.add (global.get $elements) (local.get $count)) (local.get $target))
                  (then
                    (loop $pass
                      (if (i32.lt_s (global.get $elements) (local.get $target))
                        (then
                          (global.set $elements (i32.add (global.get $elements) (i32.const 1)))
                          (local.set $segment
                            (i64.and (local.get $segment) (i64.sub (local.get $segment) (i64.const 1))))
                          (br $pass))))
                    (local.set $here
                      (i64.and (local.get $segment) (i64.sub (i64.const 0) (local.get $segment))))
                    (global.set $outcome (global.get $reached))
                    (br $walked)))
                (global.set $elements (i32.add (global.get $elements) (local.get $count)))))
            (br_if $walked (i64.eqz (local.get $lowest)))
            (if (i64.eqz (i64.and (local.get $lowest) (local.get $opens)))
              (then
                (global.set $level (i32.sub (global.get $level) (i32.const 1)))
                (if (i32.eqz (global.get $level))
                  (then
                    (local.set $here (local.get $lowest))
                    (global.set $outcome (global.get $ended))
                    (br $walked))))
              (else
                (global.set $level (i32.add (global.get $level) (i32.const 1)))
                (if (i32.gt_s (global.get $level) (global.get $deepest))
                  (then (global.set $deepest (global.get $level))))
                (if (i32.gt_s (global.get $level) (global.get $maxLevels))
                  (then
                    (global.set $outcome (global.get $strange))
                    (br $stop)))))
            (local.set $brackets (i64.xor (local.get $brackets) (local.get $lowest)))
            (local.set $rest
              (i64.and (local.get $rest) (i64.sub (i64.const 0) (i64.shl (local.get $lowest) (i64.const 1)))))
            (br $bracket)))

        ;; Of the step in which the pass ends, only the bytes up to that one count: `rest` now.
        (local.set $rest (i64.const -1))
        (if (i64.ne (local.get $here) (i64.const 0))
          (then
            (local.set $rest (i64.or (local.get $here) (i64.sub (local.get $here) (i64.const 1))))))
        (if (i64.ne (i64.and (local.get $rest) (i64.or (local.get $strange) (local.get $wrong))) (i64.const 0))
          (then
            (global.set $outcome (global.get $strange))
            (br $stop)))
        (global.set $blanks (i64.or (global.get $blanks) (i64.and (local.get $rest) (local.get $spaces))))
        (global.set $leaves
          (i32.add (global.get $leaves)
            (i32.wrap_i64 (i64.popcnt (i64.and (local.get $rest) (local.get $starts))))))
        (if (i64.ne (local.get $here) (i64.const 0))
          (then
            (local.set $at (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $here)))))
            (if (i32.eq (global.get $outcome) (global.get $ended))
              (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
              (else ;; the next call begins with that value
                (global.set $wanting (i64.const 1))
                (global.set $separated (i64.const 0))
                (global.set $inToken (i64.const 0))))
            (br $stop)))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $step)))
    (local.get $at)))
