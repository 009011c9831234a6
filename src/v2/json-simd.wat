;; Arrays of numbers, 64 bytes a step: are the brackets and commas right, how many values are inside, where is the end?
;; A mask is an i64 with one bit for each byte of a step, the first byte lowest. What holds at the end of a step reaches the
;; next one, of this call or the next call, as one bit (0 or 1).
;; Numbers are not checked beyond their bytes: 0-9 + - . e E. Any other byte that stands inside the array ends the pass.
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
  ;; A kind stands in the row of the byte's low half and in that of its high half.
  (func $kinds (param $bytes v128) (result v128)
    (v128.and
      (i8x16.swizzle
        (v128.const i8x16 17 16 16 16 16 144 16 16 16 18 2 40 4 74 8 0)
        (v128.and (local.get $bytes) (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15)))
      (i8x16.swizzle
        (v128.const i8x16 2 0 13 16 128 96 128 0 0 0 0 0 0 0 0 0)
        (i8x16.shr_u (local.get $bytes) (i32.const 4)))))

  ;; Reads whole steps of [at, to) and returns where it stopped.
  (func (export "scan") (param $at i32) (param $to i32) (param $target i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $ka v128) (local $kb v128) (local $kc v128) (local $kd v128) (local $any v128)
    (local $opens i64) (local $closes i64) (local $commas i64) (local $spaces i64) (local $strange i64)
    (local $tokens i64) (local $starts i64) (local $wants i64) (local $behind i64) (local $sum i64)
    (local $wrong i64) (local $rest i64) (local $brackets i64) (local $lowest i64) (local $segment i64)
    (local $here i64) (local $count i32) (local $clear i32)
    (block $stop
      (loop $step
        (global.set $outcome (global.get $more))
        (br_if $stop (i32.gt_s (i32.add (local.get $at) (i32.const 64)) (local.get $to)))
        (local.set $a (v128.load offset=0 (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))
        (local.set $ka (call $kinds (local.get $a)))
        (local.set $kb (call $kinds (local.get $b)))
        (local.set $kc (call $kinds (local.get $c)))
        (local.set $kd (call $kinds (local.get $d)))
        (local.set $any
          (v128.or (v128.or (local.get $ka) (local.get $kb)) (v128.or (local.get $kc) (local.get $kd))))
        (local.set $clear
          (i8x16.all_true
            (i8x16.min_u
              (i8x16.min_u (local.get $ka) (local.get $kb)) (i8x16.min_u (local.get $kc) (local.get $kd)))))
        (local.set $commas
          (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d)
            (v128.const i8x16 44 44 44 44 44 44 44 44 44 44 44 44 44 44 44 44)))
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
                (i8x16.le_u (local.get $a) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
                (i8x16.le_u (local.get $b) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
                (i8x16.le_u (local.get $c) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
                (i8x16.le_u (local.get $d) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))))))
        (local.set $opens (i64.const 0))
        (local.set $closes (i64.const 0))
        (if (v128.any_true (v128.and (local.get $any) (v128.const i32x4 0x60606060 0x60606060 0x60606060 0x60606060)))
          (then
            (local.set $opens
              (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d)
                (v128.const i32x4 0x5b5b5b5b 0x5b5b5b5b 0x5b5b5b5b 0x5b5b5b5b)))
            (local.set $closes
              (call $equal (local.get $a) (local.get $b) (local.get $c) (local.get $d)
                (v128.const i32x4 0x5d5d5d5d 0x5d5d5d5d 0x5d5d5d5d 0x5d5d5d5d)))))

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
