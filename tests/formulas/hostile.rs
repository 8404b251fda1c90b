//! Texts that nobody means well: none makes anything panic or go on for ever, and names mean nothing to WGSL.

use proptest::prelude::*;
use thalweg::Loss;

use crate::attempts::{emit, parse};
use crate::{program, write};

/// Words of WGSL, those it reserves for later, and others that may clash with something in a program or an identifier's rules.
const WORDS: &str = "alias break case const const_assert continue continuing default diagnostic discard else enable false fn for \
    loop override requires return struct switch true var while NULL Self abstract active alignas alignof as asm asm_fragment async \
    attribute auto await become cast catch class co_await co_return co_yield coherent column_major common compile compile_fragment \
    concept const_cast consteval constexpr constinit crate debugger decltype delete demote demote_to_helper do dynamic_cast enum \
    explicit export extends extern external fallthrough filter final finally friend from fxgroup get goto groupshared highp impl \
    implements import inline instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut mutable \
    namespace new nil noexcept noinline nointerpolation non_coherent noncoherent noperspective null nullptr of operator package \
    packoffset parent pass patch pixelfragment precise precision premerge priv protected pub public readonly ref regardless register \
    reinterpret_cast require resource restrict self set shared sizeof smooth snorm static static_assert static_cast std subroutine \
    super target template this thread_local throw trait try type typedef typeid typename typeof union unless unorm unsafe unsized use \
    using varying virtual volatile wgsl where with writeonly yield f32 f16 i32 u32 bool vec2 vec3f mat4x4 array atomic ptr sampler \
    texture_2d function private workgroup storage uniform fma select coefficient gradient row loss_evaluate loss_f t0 t1 v_x p_x Row \
    Point DIM LANES PARAMETERS function_sin bits NaN inf _ __ __a a__b x__y _a a_ E Pi PI v p t X0";

/// Every place that a name can have.
fn uses(name: &str) -> [String; 6] {
    [
        format!("sin({name}) + {name}^3"),
        format!("{name} = 2; sin({name}*x) + {name}"),
        format!("{name} = x^2; sin({name})"),
        format!("sum(i, 1, D, sin({name}[i]))"),
        format!("sum({name}, 1, 3, sin({name}*x))"),
        format!("{name} = 2; b = {name} + 1; sin(b*v_{name} + t0 + x)"),
    ]
}

#[test]
fn names_that_wgsl_keeps_to_itself_serve_as_well_as_any() {
    for name in WORDS.split_whitespace() {
        for text in uses(name) {
            let program = emit(&text).unwrap_or_else(|| panic!("{text}: {:?}", Loss::formula(&text, None, None).err()));
            program::declarations(program.split("\n// ---- ").next().unwrap()).unwrap();
        }
    }
}

#[test]
fn texts_that_look_like_programs_stay_in_their_comment() {
    for text in [
        "sin(x)\n; }\nfn evil() {}",
        "sin(x) /* y",
        "sin(x) // y",
        "sin(\nx\n)\r\n + \u{b}y\u{c}^3",
        "sin(x)\u{2028}+ y\u{2029}+ z\u{85}^3",
        "sin\t(x) *\n\n\n(y)",
        "a=1;\nb=2;\nsin(a*x)\n+ b*y^3",
    ] {
        if let Some(program) = emit(text) {
            program::declarations(program.split("\n// ---- ").next().unwrap()).unwrap_or_else(|reason| panic!("{text:?}: {reason}"));
        }
    }
}

#[test]
fn numbers_beyond_f32_make_no_program_that_is_not_valid() {
    for text in [
        "1e300*sin(x)",
        "1e39*x^3",
        "1e38*x^8",
        "(1e30*x)^4",
        "1e-300*sin(x)",
        "1e-45*x^3",
        "sin(x)/1e-300",
        "sin(x/1e-39)",
        "x^1e300 + sin(x)",
        "sin(x)^1000",
        "1e308*x*1e308*x*x",
        "a=1e300; sin(a*x)",
        "a=1e300; b=a*a; sin(b*x)",
        "if(x < 1e300, sin(x), 1e300)",
        "min(x, 1e39)^3",
        "exp(700)*x^3",
        "prod(i, 1, 170, i)*x^3",
    ] {
        emit(text);
    }
}

/// Words of formulas and of what is none.
fn word() -> impl Strategy<Value = String> {
    let words = "x y z k i D e pi lr start _ __a fn x1 x2 x[1] x[D] x[i] x[ ] ( ( ) ) ) , , ; = + - * / ^ < <= > >= == != sin( exp( \
        ln( sqrt( atan2( min( max( if( sum(i,1,3, sum(i,1,D, prod(i,1,3, sum( prod( a= a=1; k=2; r=x^2; 0 1 2 3 0.5 -1 1e9 1e38 1e39 \
        1e300 1e-45 1e-300 99999999999999999999 1e 1.2.3 . .. 0x10 ** \
        // /* */ { } | & ! ~ @ # $ % \\ ' \" ` π ² √ ∑ − é \u{2028} \u{0} 𝑥 \u{feff}";
    let known: Vec<String> = words.split(' ').filter(|word| !word.is_empty()).map(String::from).collect();
    prop_oneof![20 => prop::sample::select(known), 1 => Just("\n".to_string()), 1 => ".{0,3}"]
}

/// A formula with a few words put in or over others.
fn damaged() -> impl Strategy<Value = String> {
    (write::formula(), prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, word()), 1..3)).prop_map(|(written, damage)| {
        let mut text = written.text();
        for (place, length, word) in damage {
            let from = place.index(text.len() + 1);
            // What is written is ASCII, but what it was damaged with may not be.
            if text.is_char_boundary(from) && text.is_char_boundary((from + length).min(text.len())) {
                text.replace_range(from..(from + length).min(text.len()), &word);
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        parse(&text);
        parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_heap_of_words_makes_anything_panic(words in prop::collection::vec(word(), 0..40), gap in "[ \n]?") {
        emit(&words.join(&gap));
    }

    #[test]
    fn no_damaged_formula_makes_anything_panic(text in damaged()) {
        emit(&text);
    }
}

#[test]
fn depth_and_length_end_in_an_error_and_not_in_a_full_stack() {
    let nested = |open: &str, close: &str, times: usize| format!("{}x{}", open.repeat(times), close.repeat(times));
    for times in [50, 99, 100, 101, 5000] {
        for (open, close) in
            [("(", ")"), ("sin(", ")"), ("-", ""), ("2^", ""), ("if(x<1,", ",2)"), ("min(y,", ")"), ("sum(i,1,2,", ")"), ("x[", "]")]
        {
            emit(&nested(open, close, times));
        }
        emit(&"x+".repeat(times));
        emit(&format!("{}x^3", "x*".repeat(times)));
        emit(&format!("max({}y)", "x^3,".repeat(times)));
        let chain: String = (1..times).map(|i| format!("a{i} = sin(a{}); ", i - 1)).collect();
        emit(&format!("a0 = x; {chain}a{}", times - 1));
    }
}
