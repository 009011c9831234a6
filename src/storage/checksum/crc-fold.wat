;; CRCs of what the caller put into the window, crc32, crc32c and crc64nvme, all reflected, 16 bytes a step and without a table.
;;
;; A CRC is the remainder of a polynomial whose coefficients are the bits, the first byte's the highest, modulo P. Take a
;; multiple of P that has few terms, all of them powers of x^8: x^(8D) + ... + x^(8a) + 1. To subtract it, shifted to a byte
;; that is not zero, makes that byte zero and adds it to as many bytes further on as the multiple has other terms. So each
;; byte gets what came to it from a few bytes before it, at fixed distances, is then spent, and only the last D bytes are
;; left to be reduced with tables. Distances of 16 and more let 16 bytes be done at once; and those far enough back that the
;; stores have left the processor's store buffer do not stall.
;;
;; The distances were found by search; sum of y^(8d) = 1 modulo P with y = x^-1 is all that they must fulfil (the square of a
;; multiple is one too: it is enough that the sum of y^d is 1). Method: arXiv 2412.16398 (Chorba).
(module
  (memory (export "memory") 6 6)
  ;; 0: 16 tables of crc64nvme; 32768: of crc32; 65536: of crc32c; entries of 64 bits, so one loop does for all
  ;; 98304: the last bytes, folded; 101632: zeros for ever, what stands before the first byte
  (global $windowAt (export "windowAt") i32 (i32.const 104960))
  (global (export "windowBytes") i32 (i32.const 262144))

  ;; Entry i of table k is the remainder of byte i followed by k zeros.
  (func $build (param $tables i32) (param $polynomial i64)
    (local $at i32) (local $value i64) (local $bit i32)
    (loop $first
      (local.set $value (i64.extend_i32_u (i32.shr_u (local.get $at) (i32.const 3))))
      (local.set $bit (i32.const 8))
      (loop $bits
        (local.set $value
          (i64.xor
            (i64.shr_u (local.get $value) (i64.const 1))
            (i64.and
              (local.get $polynomial)
              (i64.sub (i64.const 0) (i64.and (local.get $value) (i64.const 1))))))
        (br_if $bits (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
      (i64.store (i32.add (local.get $tables) (local.get $at)) (local.get $value))
      (br_if $first (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 2048))))
    (loop $others
      (local.set $value (i64.load (i32.sub (i32.add (local.get $tables) (local.get $at)) (i32.const 2048))))
      (i64.store
        (i32.add (local.get $tables) (local.get $at))
        (i64.xor
          (i64.shr_u (local.get $value) (i64.const 8))
          (i64.load (call $row (local.get $tables) (i64.shl (local.get $value) (i64.const 3))))))
      (br_if $others (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 32768)))))

  ;; Of a byte, which stands 3 bits up.
  (func $row (param $tables i32) (param $index i64) (result i32)
    (i32.add (local.get $tables) (i32.and (i32.wrap_i64 (local.get $index)) (i32.const 2040))))

  (func $reduce (param $tables i32) (param $crc i64) (param $at i32) (param $to i32) (result i64)
    (local $a i64) (local $b i64)
    (block $few
      (loop $step
        (br_if $few (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $to)))
        (local.set $a (i64.xor (local.get $crc) (i64.load (local.get $at))))
        (local.set $b (i64.load offset=8 (local.get $at)))
        (local.set $crc
          (i64.xor
            (i64.xor
              (i64.xor
                (i64.xor
                  (i64.load offset=14336 (call $row (local.get $tables) (i64.shl (local.get $b) (i64.const 3))))
                  (i64.load offset=12288 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 5)))))
                (i64.xor
                  (i64.load offset=10240 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 13))))
                  (i64.load offset=8192 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 21))))))
              (i64.xor
                (i64.xor
                  (i64.load offset=6144 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 29))))
                  (i64.load offset=4096 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 37)))))
                (i64.xor
                  (i64.load offset=2048 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 45))))
                  (i64.load offset=0 (call $row (local.get $tables) (i64.shr_u (local.get $b) (i64.const 53)))))))
            (i64.xor
              (i64.xor
                (i64.xor
                  (i64.load offset=30720 (call $row (local.get $tables) (i64.shl (local.get $a) (i64.const 3))))
                  (i64.load offset=28672 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 5)))))
                (i64.xor
                  (i64.load offset=26624 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 13))))
                  (i64.load offset=24576 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 21))))))
              (i64.xor
                (i64.xor
                  (i64.load offset=22528 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 29))))
                  (i64.load offset=20480 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 37)))))
                (i64.xor
                  (i64.load offset=18432 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 45))))
                  (i64.load offset=16384 (call $row (local.get $tables) (i64.shr_u (local.get $a) (i64.const 53)))))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $step)))
    (block $none
      (loop $byte
        (br_if $none (i32.ge_u (local.get $at) (local.get $to)))
        (local.set $crc
          (i64.xor
            (i64.shr_u (local.get $crc) (i64.const 8))
            (i64.load
              (call $row
                (local.get $tables)
                (i64.shl (i64.xor (local.get $crc) (i64.load8_u (local.get $at))) (i64.const 3))))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (local.get $crc))

  ;; Bytes [at, to) get what comes from those before them, and stand at $out then; at least 16, and in steps of 16.
  ;; Distances of crc64nvme: 246, 691, 697, 1177, 1404, 2241, 3148.
  (func $fold64 (param $at i32) (param $to i32) (param $out i32)
    (local $back i32)
    (local.set $back (i32.sub (local.get $at) (i32.const 3148)))
    (local.set $to (i32.sub (local.get $to) (i32.const 3148)))
    (loop $step
      (v128.store (local.get $out)
          (v128.xor
            (v128.xor
              (v128.xor
                (v128.load (local.get $out))
                (v128.load offset=2902 (local.get $back)))
              (v128.xor
                (v128.load offset=2457 (local.get $back))
                (v128.load offset=2451 (local.get $back))))
            (v128.xor
              (v128.xor
                (v128.load offset=1971 (local.get $back))
                (v128.load offset=1744 (local.get $back)))
              (v128.xor
                (v128.load offset=907 (local.get $back))
                (v128.load offset=0 (local.get $back))))))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $step
        (i32.lt_u (local.tee $back (i32.add (local.get $back) (i32.const 16))) (local.get $to)))))

  ;; The same for crc32: 145, 183, 211, 300.
  (func $fold32 (param $at i32) (param $to i32) (param $out i32)
    (local $back i32)
    (local.set $back (i32.sub (local.get $at) (i32.const 300)))
    (local.set $to (i32.sub (local.get $to) (i32.const 300)))
    (loop $step
      (v128.store (local.get $out)
          (v128.xor
            (v128.xor
              (v128.xor
                (v128.load (local.get $out))
                (v128.load offset=155 (local.get $back)))
              (v128.xor
                (v128.load offset=117 (local.get $back))
                (v128.load offset=89 (local.get $back))))
            (v128.load offset=0 (local.get $back))))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $step
        (i32.lt_u (local.tee $back (i32.add (local.get $back) (i32.const 16))) (local.get $to)))))

  ;; The same for crc32c: 154, 177, 183, 258, 290.
  (func $fold32c (param $at i32) (param $to i32) (param $out i32)
    (local $back i32)
    (local.set $back (i32.sub (local.get $at) (i32.const 290)))
    (local.set $to (i32.sub (local.get $to) (i32.const 290)))
    (loop $step
      (v128.store (local.get $out)
          (v128.xor
            (v128.xor
              (v128.xor
                (v128.load (local.get $out))
                (v128.load offset=136 (local.get $back)))
              (v128.xor
                (v128.load offset=113 (local.get $back))
                (v128.load offset=107 (local.get $back))))
            (v128.xor
              (v128.load offset=32 (local.get $back))
              (v128.load offset=0 (local.get $back)))))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $step
        (i32.lt_u (local.tee $back (i32.add (local.get $back) (i32.const 16))) (local.get $to)))))

  (func $fold (param $far i32) (param $at i32) (param $to i32) (param $out i32)
    (if (i32.eq (local.get $far) (i32.const 3148))
      (then (return (call $fold64 (local.get $at) (local.get $to) (local.get $out)))))
    (if (i32.eq (local.get $far) (i32.const 300))
      (then (return (call $fold32 (local.get $at) (local.get $to) (local.get $out)))))
    (call $fold32c (local.get $at) (local.get $to) (local.get $out)))

  ;; Of the first $bytes of the window, which are spent by it. $far: the largest distance.
  (func $crc (param $tables i32) (param $far i32) (param $crc i64) (param $bytes i32) (result i64)
    (local $end i32) (local $last i32) (local $lastBytes i32)
    (local.set $end (i32.add (global.get $windowAt) (local.get $bytes)))
    (if (i32.lt_u (local.get $bytes) (i32.add (local.get $far) (i32.const 256)))
      (then (return (call $reduce (local.get $tables) (local.get $crc) (global.get $windowAt) (local.get $end)))))
    (i64.store (global.get $windowAt) (i64.xor (local.get $crc) (i64.load (global.get $windowAt))))
    (local.set $last
      (i32.add
        (global.get $windowAt)
        (i32.and (i32.sub (local.get $bytes) (local.get $far)) (i32.const -16))))
    (call $fold (local.get $far) (global.get $windowAt) (local.get $last) (global.get $windowAt))
    ;; The last ones get what comes from those before $last, and pass nothing on among themselves.
    (local.set $lastBytes (i32.sub (local.get $end) (local.get $last)))
    (memory.copy (i32.const 98304) (local.get $last) (local.get $lastBytes))
    (memory.fill (local.get $last) (i32.const 0) (local.get $lastBytes))
    (call $fold
      (local.get $far) (local.get $last) (i32.add (local.get $last) (local.get $far)) (i32.const 98304))
    (call $reduce
      (local.get $tables) (i64.const 0) (i32.const 98304) (i32.add (i32.const 98304) (local.get $lastBytes))))

  ;; $crc: as it was left by the bytes before, all ones before the first; turned by the caller at the end.
  (func (export "crc64nvme") (param $crc i64) (param $bytes i32) (result i64)
    (call $crc (i32.const 0) (i32.const 3148) (local.get $crc) (local.get $bytes)))

  (func (export "crc32") (param $crc i64) (param $bytes i32) (result i64)
    (call $crc (i32.const 32768) (i32.const 300) (local.get $crc) (local.get $bytes)))

  (func (export "crc32c") (param $crc i64) (param $bytes i32) (result i64)
    (call $crc (i32.const 65536) (i32.const 290) (local.get $crc) (local.get $bytes)))

  (func $start
    (call $build (i32.const 0) (i64.const 0x9a6c9329ac4bc9b5))
    (call $build (i32.const 32768) (i64.const 0xedb88320))
    (call $build (i32.const 65536) (i64.const 0x82f63b78)))
  (start $start))
