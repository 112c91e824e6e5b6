// The base system's packages as Debian 12 has them: names, versions, sizes and relations. Relations to packages that are not
// here are left out. One line each: name, version, flags (E essential, S `Multi-Arch: same`, A for all architectures), priority,
// section, size in KiB, source, Pre-Depends, Depends (alternatives with `/`), description.

export const debianTable = `
adduser|3.134|A|important|admin|686|||passwd|add and remove users and groups
apt|2.6.1||required|admin|4232|||adduser, gpgv, libapt-pkg6.0 (>= 2.6.1), debian-archive-keyring, libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 11), libsystemd0|commandline package manager
base-files|12.4+deb12u11|E|required|admin|341||||Debian base system miscellaneous files
base-passwd|3.6.1|E|required|admin|247|||libc6 (>= 2.34), libselinux1 (>= 3.1~)|Debian base system master password and group files
bash|5.2.15-2+b8|E|required|shells|7164|bash (5.2.15-2)|libc6 (>= 2.36), libtinfo6 (>= 6)|base-files (>= 2.1.12), debianutils (>= 5.6-0.1)|GNU Bourne Again SHell
binutils|2.40-2||optional|devel|109|||binutils-common (= 2.40-2), libbinutils (= 2.40-2), binutils-x86-64-linux-gnu (= 2.40-2)|GNU assembler, linker and binary utilities
binutils-common|2.40-2|S|optional|devel|15021|binutils|||Common files for the GNU assembler, linker and binary utilities
binutils-x86-64-linux-gnu|2.40-2||optional|devel|11428|binutils||binutils-common (= 2.40-2), libbinutils (= 2.40-2), libc6 (>= 2.36), libctf0 (>= 2.36), libgcc-s1 (>= 4.2), libjansson4 (>= 2.14), libstdc++6 (>= 5), libzstd1 (>= 1.5.2), zlib1g (>= 1:1.1.4)|GNU binary utilities, for x86-64-linux-gnu target
bsdutils|1:2.38.1-5+deb12u3|E|required|utils|355|util-linux (2.38.1-5+deb12u3)|libc6 (>= 2.34), libsystemd0||basic utilities from 4.4BSD-Lite
ca-certificates|20230311+deb12u1|A|standard|misc|387|||openssl (>= 1.1.1)|Common CA certificates
coreutils|9.1-1|E|required|utils|18062||libacl1 (>= 2.2.23), libattr1 (>= 1:2.4.44), libc6 (>= 2.34), libgmp10 (>= 2:6.2.1+dfsg1), libselinux1 (>= 3.1~)||GNU core utilities
curl|7.88.1-10+deb12u14||optional|web|489|||libc6 (>= 2.34), libcurl4 (= 7.88.1-10+deb12u14), zlib1g (>= 1:1.1.4)|command line tool for transferring data with URL syntax
dash|0.5.12-2|E|required|shells|191||libc6 (>= 2.34)|debianutils (>= 5.6-0.1), dpkg (>= 1.19.1)|POSIX-compliant shell
debian-archive-keyring|2023.3+deb12u2|A|important|misc|293||||GnuPG archive keys of the Debian archive
debianutils|5.7-0.5~deb12u1|E|required|utils|243||libc6 (>= 2.34)||Miscellaneous utilities specific to Debian
diffutils|1:3.8-4|E|required|utils|1598||libc6 (>= 2.34)||File comparison utilities
dpkg|1.21.22|E|required|admin|6409||libbz2-1.0, libc6 (>= 2.34), liblzma5 (>= 5.4.0), libmd0 (>= 0.0.0), libselinux1 (>= 3.1~), libzstd1 (>= 1.5.2), zlib1g (>= 1:1.1.4)|tar (>= 1.28-1)|Debian package management system
file|1:5.44-3||standard|utils|79|||libc6 (>= 2.34), libmagic1 (= 1:5.44-3)|Recognize the type of data in a file using "magic" numbers
findutils|4.9.0-4|E|required|utils|1746||libc6 (>= 2.34), libselinux1 (>= 3.1~)||utilities for finding files--find, xargs
gcc-12-base|12.2.0-14+deb12u1|S|optional|libs|100|gcc-12|||GCC, the GNU Compiler Collection (base package)
gpgv|2.2.40-1.1+deb12u2||important|utils|918|gnupg2||libbz2-1.0, libc6 (>= 2.34), libgcrypt20 (>= 1.10.0), libgpg-error0 (>= 1.42), zlib1g (>= 1:1.1.4)|GNU privacy guard - signature verification tool
grep|3.8-5|E|required|utils|1245||libc6 (>= 2.34), libpcre2-8-0 (>= 10.32)|dpkg (>= 1.15.4)|GNU grep, egrep and fgrep
gzip|1.12-1|E|required|utils|252||libc6 (>= 2.33)|dpkg (>= 1.15.4)|GNU compression utilities
hostname|3.23+nmu1|E|required|admin|46||libc6 (>= 2.34)||utility to set/show the host name or domain name
init-system-helpers|1.65.2|EA|required|admin|140|||usr-is-merged|helper tools for all init systems
iproute2|6.1.0-3||important|net|3516|||libc6 (>= 2.34), libcap2 (>= 1:2.10), libmnl0 (>= 1.0.3-4~), libselinux1 (>= 3.1~)|networking and traffic control tools
jq|1.6-2.1+deb12u3||optional|utils|111|||libjq1 (= 1.6-2.1+deb12u3), libc6 (>= 2.34)|lightweight and flexible command-line JSON processor
less|590-2.1~deb12u2||important|text|313|||libc6 (>= 2.34), libtinfo6 (>= 6)|pager program similar to more
libacl1|2.3.1-3|S|optional|libs|73|acl||libc6 (>= 2.33)|access control list - shared library
libapt-pkg6.0|2.6.1|S|optional|libs|3297|apt||libbz2-1.0, libc6 (>= 2.34), libgcc-s1 (>= 3.0), libgcrypt20 (>= 1.10.0), liblz4-1 (>= 0.0~r127), liblzma5 (>= 5.1.1alpha+20120614), libstdc++6 (>= 11), libsystemd0 (>= 221), libudev1 (>= 183), libxxhash0 (>= 0.7.1), libzstd1 (>= 1.5.2), zlib1g (>= 1:1.2.2.3)|package management runtime library
libattr1|1:2.5.1-4|S|optional|libs|59|attr||libc6 (>= 2.4)|extended attribute handling - shared library
libaudit1|1:3.0.9-1|S|optional|libs|150|audit||libc6 (>= 2.33), libcap-ng0 (>= 0.7.9)|Dynamic library for security auditing
libbinutils|2.40-2|S|optional|devel|2469|binutils||libc6 (>= 2.34), libzstd1 (>= 1.5.2), zlib1g (>= 1:1.2.0), binutils-common (= 2.40-2)|GNU binary utilities (private shared library)
libblkid1|2.38.1-5+deb12u3|S|optional|libs|398|util-linux||libc6 (>= 2.33)|block device ID library
libbrotli1|1.0.9-2+b6|S|optional|libs|783|brotli (1.0.9-2)||libc6 (>= 2.29)|library implementing brotli encoder and decoder (shared libraries)
libbz2-1.0|1.0.8-5+b1|S|optional|libs|106|bzip2 (1.0.8-5)||libc6 (>= 2.4)|high-quality block-sorting file compressor library - runtime
libc-bin|2.36-9+deb12u14|E|required|libs|2042|glibc||libc6 (>> 2.36), libc6 (<< 2.37)|GNU C Library: Binaries
libc6|2.36-9+deb12u14|S|optional|libs|13001|glibc||libgcc-s1|GNU C Library: Shared libraries
libcap-ng0|0.8.3-1+b3|S|optional|libs|65|libcap-ng (0.8.3-1)||libc6 (>= 2.33)|alternate POSIX capabilities library
libcap2|1:2.66-4+deb12u2+b2|S|optional|libs|95|libcap2 (1:2.66-4+deb12u2)||libc6 (>= 2.34)|POSIX 1003.1e capabilities (library)
libcrypt1|1:4.4.33-2|S|optional|libs|233|libxcrypt||libc6 (>= 2.36)|libcrypt shared library
libctf0|2.40-2|S|optional|devel|232|binutils||libbinutils (= 2.40-2), libc6 (>= 2.33), zlib1g (>= 1:1.2.0)|Compact C Type Format library (runtime, BFD dependency)
libcurl4|7.88.1-10+deb12u14|S|optional|libs|840|curl||libbrotli1 (>= 0.6.0), libc6 (>= 2.34), libidn2-0 (>= 0.6), libnghttp2-14 (>= 1.50.0), libssl3 (>= 3.0.0), libzstd1 (>= 1.5.2), zlib1g (>= 1:1.1.4)|easy-to-use client-side URL transfer library (OpenSSL flavour)
libexpat1|2.5.0-1+deb12u1|S|optional|libs|387|expat||libc6 (>= 2.36)|XML parsing C library - runtime library
libgcc-s1|12.2.0-14+deb12u1|S|optional|libs|140|gcc-12||gcc-12-base (= 12.2.0-14+deb12u1), libc6 (>= 2.35)|GCC support library
libgcrypt20|1.10.1-3|S|optional|libs|1592|||libc6 (>= 2.34), libgpg-error0 (>= 1.27)|LGPL Crypto library - runtime library
libgmp10|2:6.2.1+dfsg1-1.1|S|optional|libs|855|gmp||libc6 (>= 2.14)|Multiprecision arithmetic library
libgpg-error0|1.46-1|S|optional|libs|192|libgpg-error||libc6 (>= 2.34)|GnuPG development runtime library
libicu72|72.1-3+deb12u1|S|optional|libs|36170|icu||libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 12)|International Components for Unicode
libidn2-0|2.3.3-1+b1|S|optional|libs|439|libidn2 (2.3.3-1)||libc6 (>= 2.14), libunistring2 (>= 0.9.7)|Internationalized domain names (IDNA2008/TR46) library
libjansson4|2.14-2|S|optional|libs|101|jansson||libc6 (>= 2.14)|C library for encoding, decoding and manipulating JSON data
libjq1|1.6-2.1+deb12u3|S|optional|utils|366|jq||libc6 (>= 2.36), libonig5 (>= 6.8.1)|lightweight and flexible command-line JSON processor - shared library
liblz4-1|1.9.4-1|S|optional|libs|169|lz4||libc6 (>= 2.14)|Fast LZ compression algorithm library - runtime
liblzma5|5.4.1-1|S|optional|libs|333|xz-utils||libc6 (>= 2.34)|XZ-format compression library
libmagic-mgc|1:5.44-3||optional|libs|8130|file|||File type determination library using "magic" numbers (compiled magic file)
libmagic1|1:5.44-3|S|optional|libs|232|file||libbz2-1.0, libc6 (>= 2.33), liblzma5 (>= 5.1.1alpha+20120614), zlib1g (>= 1:1.1.4), libmagic-mgc (= 1:5.44-3)|Recognize the type of data in a file using "magic" numbers - library
libmd0|1.0.4-2|S|optional|libs|79|libmd||libc6 (>= 2.33)|message digest functions from BSD systems - shared library
libmnl0|1.0.4-3|S|optional|libs|46|libmnl||libc6 (>= 2.14)|minimalistic Netlink communication library
libmount1|2.38.1-5+deb12u3|S|optional|libs|454|util-linux||libblkid1 (>= 2.17.2), libc6 (>= 2.34), libselinux1 (>= 3.1~)|device mounting library
libncursesw6|6.4-4|S|optional|libs|412|ncurses||libtinfo6 (= 6.4-4), libc6 (>= 2.34)|shared libraries for terminal handling (wide character support)
libnghttp2-14|1.52.0-1+deb12u2|S|optional|libs|220|nghttp2||libc6 (>= 2.17)|library implementing HTTP/2 protocol (shared library)
libonig5|6.9.8-1|S|optional|libs|666|libonig||libc6 (>= 2.14)|regular expressions library
libpam-modules|1.5.2-6+deb12u1|S|required|admin|1031|pam|libaudit1 (>= 1:2.2.1), libc6 (>= 2.34), libcrypt1 (>= 1:4.3.0), libpam0g (>= 1.4.1), libselinux1 (>= 3.1~)||Pluggable Authentication Modules for PAM
libpam-runtime|1.5.2-6+deb12u1|A|required|admin|876|pam||libpam-modules (>= 1.0.1-6)|Runtime support for the PAM library
libpam0g|1.5.2-6+deb12u1|S|optional|libs|215|pam||libaudit1 (>= 1:2.2.1), libc6 (>= 2.34)|Pluggable Authentication Modules library
libpcre2-8-0|10.42-1|S|optional|libs|685|pcre2||libc6 (>= 2.34)|New Perl Compatible Regular Expression Library- 8 bit runtime files
libproc2-0|2:4.0.2-3|S|optional|libs|232|procps||libc6 (>= 2.34), libsystemd0 (>= 209)|library for accessing process information from /proc
libpython3-stdlib|3.11.2-1+b1|S|optional|python|27|python3-defaults (3.11.2-1)||libpython3.11-stdlib (>= 3.11.2-1~)|interactive high-level object-oriented language (default python3 version)
libpython3.11-minimal|3.11.2-6+deb12u6|S|optional|python|5212|python3.11||libc6 (>= 2.14), libssl3 (>= 3.0.0)|Minimal subset of the Python language (version 3.11)
libpython3.11-stdlib|3.11.2-6+deb12u6|S|optional|python|8329|python3.11||libpython3.11-minimal (= 3.11.2-6+deb12u6), libbz2-1.0, libc6 (>= 2.34), libcrypt1 (>= 1:4.1.0), liblzma5 (>= 5.1.1alpha+20120614), libncursesw6 (>= 6.1), libreadline8 (>= 7.0~beta), libtinfo6 (>= 6), libuuid1 (>= 2.20.1)|Interactive high-level object-oriented language (standard library, version 3.11)
libreadline8|8.2-1.3|S|optional|libs|475|readline||readline-common, libc6 (>= 2.33), libtinfo6 (>= 6)|GNU readline and history libraries, run-time libraries
libselinux1|3.4-1+b6|S|optional|libs|199|libselinux (3.4-1)||libc6 (>= 2.34), libpcre2-8-0 (>= 10.22)|SELinux runtime shared libraries
libsmartcols1|2.38.1-5+deb12u3|S|optional|libs|289|util-linux||libc6 (>= 2.33)|smart column output alignment library
libssl3|3.0.19-1~deb12u2|S|optional|libs|6029|openssl||libc6 (>= 2.34)|Secure Sockets Layer toolkit - shared libraries
libstdc++6|12.2.0-14+deb12u1|S|optional|libs|2686|gcc-12||gcc-12-base (= 12.2.0-14+deb12u1), libc6 (>= 2.36), libgcc-s1 (>= 4.2)|GNU Standard C++ Library v3
libsystemd0|252.39-1~deb12u2|S|optional|libs|909|systemd||libc6 (>= 2.34), libcap2 (>= 1:2.10), libgcrypt20 (>= 1.10.0), liblz4-1 (>= 0.0~r122), liblzma5 (>= 5.1.1alpha+20120614), libzstd1 (>= 1.5.2)|systemd utility library
libtinfo6|6.4-4|S|optional|libs|541|ncurses||libc6 (>= 2.34)|shared low-level terminfo library for terminal handling
libudev1|252.39-1~deb12u2|S|optional|libs|240|systemd||libc6 (>= 2.34)|libudev shared library
libunistring2|1.0-2|S|optional|libs|1807|libunistring||libc6 (>= 2.34)|Unicode string library for C
libuuid1|2.38.1-5+deb12u3|S|optional|libs|79|util-linux||libc6 (>= 2.25)|Universally Unique ID library
libxxhash0|0.8.1-1|S|optional|libs|99|xxhash||libc6 (>= 2.14)|shared library for xxhash
libzstd1|1.5.4+dfsg2-5|S|optional|libs|785|libzstd||libc6 (>= 2.34)|fast lossless compression algorithm
login|1:4.13+dfsg1-1+deb12u1|E|required|admin|2550|shadow|libaudit1 (>= 1:2.2.1), libc6 (>= 2.34), libcrypt1 (>= 1:4.1.0), libpam0g (>= 0.99.7.1), libpam-runtime, libpam-modules||system login tools
mawk|1.3.4.20200120-3.1||required|interpreters|263|||libc6 (>= 2.29)|Pattern scanning and text processing language
mount|2.38.1-5+deb12u3||required|admin|393|util-linux|libblkid1 (>= 2.17.2), libc6 (>= 2.34), libmount1 (>= 2.38), libselinux1 (>= 3.1~), libsmartcols1 (>= 2.33)||tools for mounting and manipulating filesystems
ncurses-base|6.4-4|EA|required|misc|379|ncurses|||basic terminal type definitions
ncurses-bin|6.4-4|E|required|utils|636|ncurses|libc6 (>= 2.34), libtinfo6 (>= 6.3)||terminal-related programs and man pages
netbase|6.4|A|important|admin|36||||Basic TCP/IP networking system
openssh-client|1:9.2p1-2+deb12u6||standard|net|5792|openssh||adduser, passwd, libc6 (>= 2.36), libselinux1 (>= 3.1~), libssl3 (>= 3.0.16), zlib1g (>= 1:1.1.4)|secure shell (SSH) client, for secure access to remote machines
openssl|3.0.19-1~deb12u2||optional|utils|2308|||libc6 (>= 2.34), libssl3 (>= 3.0.9)|Secure Sockets Layer toolkit - cryptographic utility
passwd|1:4.13+dfsg1-1+deb12u1||required|admin|2827|shadow||libaudit1 (>= 1:2.2.1), libc6 (>= 2.36), libcrypt1 (>= 1:4.1.0), libpam0g (>= 0.99.7.1), libselinux1 (>= 3.1~), libpam-modules|change and administer password and group data
perl-base|5.36.0-7+deb12u4|E|required|perl|7643|perl|libc6 (>= 2.35), libcrypt1 (>= 1:4.1.0), dpkg (>= 1.17.17)||minimal Perl system
procps|2:4.0.2-3||important|admin|2091|||libc6 (>= 2.34), libncursesw6 (>= 6), libproc2-0 (>= 2:4.0.2), libtinfo6 (>= 6), init-system-helpers (>= 1.29~)|/proc file system utilities
python3|3.11.2-1+b1||optional|python|81|python3-defaults (3.11.2-1)|python3-minimal (= 3.11.2-1+b1)|python3.11 (>= 3.11.2-1~), libpython3-stdlib (= 3.11.2-1+b1)|interactive high-level object-oriented language (default python3 version)
python3-minimal|3.11.2-1+b1||optional|python|111|python3-defaults (3.11.2-1)|python3.11-minimal (>= 3.11.2-1~)|dpkg (>= 1.13.20)|minimal subset of the Python language (default python3 version)
python3.11|3.11.2-6+deb12u6||optional|python|649|||python3.11-minimal (= 3.11.2-6+deb12u6), libpython3.11-stdlib (= 3.11.2-6+deb12u6)|Interactive high-level object-oriented language (version 3.11)
python3.11-minimal|3.11.2-6+deb12u6||optional|python|6762|python3.11|libc6 (>= 2.35)|libpython3.11-minimal (= 3.11.2-6+deb12u6), libexpat1 (>= 2.1~beta3), zlib1g (>= 1:1.2.0)|Minimal subset of the Python language (version 3.11)
readline-common|8.2-1.3|A|optional|utils|89|readline||dpkg (>= 1.15.4)|GNU readline and history libraries, common files
sed|4.9-1|E|required|utils|987||libacl1 (>= 2.2.23), libc6 (>= 2.34), libselinux1 (>= 3.1~)||GNU stream editor for filtering/transforming text
sensible-utils|0.0.17+nmu1|A|required|utils|56||||Utilities for sensible alternative selection
sysvinit-utils|3.06-4|E|required|admin|100|sysvinit||libc6 (>= 2.34)|System-V-like utilities
tar|1.34+dfsg-1.2+deb12u1|E|required|utils|3144||libacl1 (>= 2.2.23), libc6 (>= 2.34), libselinux1 (>= 3.1~)||GNU version of the tar archiving utility
usr-is-merged|37~deb12u1|A|optional|oldlibs|13|usrmerge|||Transitional package to assert a merged-/usr system
util-linux|2.38.1-5+deb12u3|E|required|utils|4978||libblkid1 (>= 2.37.2), libc6 (>= 2.34), libcap-ng0 (>= 0.7.9), libcrypt1 (>= 1:4.1.0), libmount1 (>= 2.38), libpam0g (>= 0.99.7.1), libselinux1 (>= 3.1~), libsmartcols1 (>= 2.38), libsystemd0, libtinfo6 (>= 6), libudev1 (>= 183), libuuid1 (>= 2.16), zlib1g (>= 1:1.1.4)|util-linux-extra|miscellaneous system utilities
util-linux-extra|2.38.1-5+deb12u3||standard|utils|366|util-linux||libaudit1 (>= 1:2.2.1), libc6 (>= 2.34), libsmartcols1 (>= 2.38)|interactive login tools
zlib1g|1:1.2.13.dfsg-1|S|optional|libs|168|zlib||libc6 (>= 2.14)|compression library - runtime
`;
